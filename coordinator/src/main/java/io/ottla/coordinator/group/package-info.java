/**
 * The group coordinator: groups of the classic protocol and committed offsets, kept in the
 * partitions of {@code __consumer_offsets} in Kafka's own record formats.
 *
 * <pre>
 *  GroupCoordinator   any thread: picks the partition, splits and joins requests, versions
 *    GroupShard       one per partition: replay, and one class per kind of request
 *      JoinPhase, SyncPhase, Membership    requests of members
 *      Rebalance                           what they share: phases, timers, sessions
 *        ClassicGroup, ClassicMember       the state
 *      OffsetCommits, OffsetQueries, OffsetRetention
 *        OffsetStore                       the state
 * </pre>
 *
 * <p>Persistent are a group's last finished generation (members, leader, protocol, assignments) and
 * the committed offsets; both change by replay alone. All else about a group is soft: who has
 * joined the generation in the making, sessions, waiting requests. After a crash members find the
 * last finished generation and, if they were further, join again.
 */
package io.ottla.coordinator.group;
