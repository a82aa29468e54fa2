package io.ottla.coordinator.group;

import io.ottla.coordinator.CoordinatorRecord;
import io.ottla.wire.message.GroupMetadataKey;
import io.ottla.wire.message.GroupMetadataValue;
import io.ottla.wire.message.OffsetCommitKey;
import io.ottla.wire.message.OffsetCommitValue;
import java.util.Collection;
import java.util.List;
import java.util.Map;

/**
 * The records of {@code __consumer_offsets} for classic groups and offsets, in the versions Kafka
 * 4.3 writes.
 *
 * <pre>
 *  type 0, 1  group, topic, partition -> committed offset     (0: before Kafka 0.9)
 *  type 2     group                   -> a finished generation
 * </pre>
 */
final class GroupRecords {

  static final short LEGACY_OFFSET_COMMIT = 0;
  static final short OFFSET_COMMIT = 1;
  static final short GROUP_METADATA = 2;

  private static final short GROUP_METADATA_VALUE_VERSION = 3;

  /** The last version that can say when an offset expires. */
  private static final short OFFSET_COMMIT_VALUE_VERSION_WITH_EXPIRY = 1;

  private static final short OFFSET_COMMIT_VALUE_VERSION = 4;

  private GroupRecords() {}

  /** A group that was just created, or whose last member has left. */
  static CoordinatorRecord emptyGroup(
      String groupId, String protocolType, int generation, long nowMs) {
    return group(groupId, protocolType, generation, nowMs).value(List.of()).record();
  }

  /**
   * A generation with its assignments.
   *
   * @param members may differ from those the group has now
   * @param leaderId the member among them that leads
   * @param assignments by member id; who is missing gets nothing
   */
  static CoordinatorRecord generation(
      ClassicGroup group,
      Collection<ClassicMember> members,
      String leaderId,
      Map<String, byte[]> assignments,
      long timestampMs) {
    return generation(
        group.groupId(),
        group.protocolType(),
        group.generation(),
        group.protocolName(),
        members,
        leaderId,
        assignments,
        timestampMs);
  }

  /** The same for a group that is not there yet. */
  static CoordinatorRecord generation(
      String groupId,
      String protocolType,
      int generation,
      String protocolName,
      Collection<ClassicMember> members,
      String leaderId,
      Map<String, byte[]> assignments,
      long timestampMs) {
    Builder builder = group(groupId, protocolType, generation, timestampMs);
    builder.value.protocol(protocolName).leader(leaderId);
    return builder
        .value(
            members.stream()
                .map(
                    member ->
                        memberMetadata(
                            member,
                            protocolName,
                            assignments.getOrDefault(
                                member.memberId(), ClassicMember.NO_ASSIGNMENT)))
                .toList())
        .record();
  }

  static CoordinatorRecord groupTombstone(String groupId) {
    return CoordinatorRecord.tombstone(new GroupMetadataKey().group(groupId));
  }

  static CoordinatorRecord offset(
      String groupId, String topic, int partition, CommittedOffset committed) {
    return CoordinatorRecord.of(
        offsetKey(groupId, topic, partition),
        new OffsetCommitValue()
            .offset(committed.offset())
            .leaderEpoch(committed.leaderEpoch())
            .metadata(committed.metadata())
            .commitTimestamp(committed.commitTimestampMs())
            .expireTimestamp(committed.expireTimestampMs())
            .topicId(committed.topicId()),
        committed.hasExpireTimestamp()
            ? OFFSET_COMMIT_VALUE_VERSION_WITH_EXPIRY
            : OFFSET_COMMIT_VALUE_VERSION);
  }

  static CoordinatorRecord offsetTombstone(String groupId, String topic, int partition) {
    return CoordinatorRecord.tombstone(offsetKey(groupId, topic, partition));
  }

  /** A member as a record describes it. */
  static ClassicMember member(GroupMetadataValue.MemberMetadata metadata, String protocolName) {
    return new ClassicMember(
        metadata.memberId(),
        metadata.groupInstanceId(),
        metadata.clientId(),
        metadata.clientHost(),
        timeouts(metadata),
        List.of(new MemberProtocol(protocolName, metadata.subscription())));
  }

  static MemberTimeouts timeouts(GroupMetadataValue.MemberMetadata metadata) {
    // Version 0 has no rebalance timeout.
    return new MemberTimeouts(
        metadata.sessionTimeout(),
        metadata.rebalanceTimeout() == -1
            ? metadata.sessionTimeout()
            : metadata.rebalanceTimeout());
  }

  private static OffsetCommitKey offsetKey(String groupId, String topic, int partition) {
    return new OffsetCommitKey().group(groupId).topic(topic).partition(partition);
  }

  private static GroupMetadataValue.MemberMetadata memberMetadata(
      ClassicMember member, String protocolName, byte[] assignment) {
    return new GroupMetadataValue.MemberMetadata()
        .memberId(member.memberId())
        .groupInstanceId(member.groupInstanceId())
        .clientId(member.clientId())
        .clientHost(member.clientHost())
        .rebalanceTimeout(member.rebalanceTimeoutMs())
        .sessionTimeout(member.sessionTimeoutMs())
        .subscription(member.metadata(protocolName))
        .assignment(assignment);
  }

  private static Builder group(
      String groupId, String protocolType, int generation, long timestampMs) {
    return new Builder(
        new GroupMetadataKey().group(groupId),
        new GroupMetadataValue()
            .protocolType(protocolType == null ? "" : protocolType)
            .generation(generation)
            .protocol(null)
            .leader(null)
            .currentStateTimestamp(timestampMs));
  }

  private record Builder(GroupMetadataKey key, GroupMetadataValue value) {

    Builder value(List<GroupMetadataValue.MemberMetadata> members) {
      value.members(members);
      return this;
    }

    CoordinatorRecord record() {
      return CoordinatorRecord.of(key, value, GROUP_METADATA_VALUE_VERSION);
    }
  }
}
