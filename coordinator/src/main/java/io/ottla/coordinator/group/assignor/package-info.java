/**
 * Server-side assignors of consumer groups (KIP-848): who shall own which partition.
 *
 * <pre>
 *  Assignor                 a pure function: GroupSpec x TopicSpec -> MemberAssignment per member
 *    UniformAssignor        as even and as sticky as can be
 *      EvenSpread           all members read the same topics: exact
 *      Levelling, Chains    they do not: improves step by step, bounded work
 *    RangeAssignor          a run of neighbouring partitions of each topic per member
 * </pre>
 *
 * <p>Nothing here knows of groups, epochs, records or threads. Results depend on the content of the
 * input alone, never on the order of a hash map, so that a coordinator that moved decides alike.
 */
package io.ottla.coordinator.group.assignor;
