/**
 * Groups of the consumer protocol (KIP-848): members send heartbeats, the coordinator decides who
 * reads what and leads each member there step by step.
 *
 * <pre>
 *  ConsumerGroups              the way in: heartbeat, describe, replay, topics
 *    Heartbeats                one heartbeat: join or update, then assign, then one step on
 *    Departures                members that leave or are removed
 *    ClassicMembers            members that speak the classic protocol; Conversions: whole groups
 *      Admission               as which member somebody comes
 *      Subscriptions           what a change of subscription writes; the group's epoch
 *      RegexResolution         regular expressions to topics, away from the shard
 *      TargetAssignments       who shall read what
 *      MemberProgress          a member's next step there, decided by Reconciliation
 *      Sessions                timers of members
 *    GroupStore                the groups, the topics, and who reads which
 *      ConsumerGroup           the state of a group; changed by replay alone
 * </pre>
 *
 * <p>Persistent are members' metadata, the group's epoch and hash of its topics, the target
 * assignment, each member's current assignment and what regular expressions stand for, in Kafka's
 * own records. Soft are timers and the moment at which a group looks at its topics again.
 *
 * <p>The package knows nothing of groups of other kinds; {@code ProtocolMigration} is how it asks.
 */
package io.ottla.coordinator.group.consumer;
