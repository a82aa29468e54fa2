/**
 * The group coordinator: groups, of whatever protocol, and committed offsets, kept in the
 * partitions of {@code __consumer_offsets} in Kafka's own record formats.
 *
 * <pre>
 *  GroupCoordinator   any thread: picks the partition, splits and joins requests, versions
 *    GroupShard       one per partition: replay, and one class per kind of request
 *      Groups         by id: a Group is a ClassicGroup, or a ModernGroup
 *      JoinPhase, SyncPhase, Membership    requests of members of classic groups
 *        Rebalance                         what they share: phases, timers, sessions
 *          ClassicGroup, ClassicMember     the state
 *      consumer.ConsumerGroups             groups of the consumer protocol (KIP-848)
 *        consumer.ClassicMembers           their members of the classic protocol
 *      Migration                           groups that go from one protocol to the other
 *      OffsetCommits, OffsetQueries, OffsetRetention
 *        OffsetAccess                      who may
 *        OffsetStore                       the state; CommittedOffsets: a look from outside
 *      GroupDescriptions                   what administrators see
 * </pre>
 *
 * <p>Of classic groups the last finished generation is persistent (members, leader, protocol,
 * assignments); so are the committed offsets, those of open transactions too. All change by replay
 * alone. All else about a classic group is soft: who has joined the generation in the making,
 * sessions, waiting requests. After a crash members find the last finished generation and, if they
 * were further, join again.
 *
 * <p>A group id has one group. Offsets say nothing of its kind: where nothing else is known, a
 * classic group without members holds them, and gives way to a consumer group when that shows up.
 */
package io.ottla.coordinator.group;
