package io.ottla.coordinator.group.consumer;

import io.ottla.coordinator.CoordinatorRecord;
import io.ottla.coordinator.group.assignor.MemberAssignment;
import io.ottla.wire.ApiMessage;
import io.ottla.wire.message.ConsumerGroupCurrentMemberAssignmentKey;
import io.ottla.wire.message.ConsumerGroupCurrentMemberAssignmentValue;
import io.ottla.wire.message.ConsumerGroupMemberMetadataKey;
import io.ottla.wire.message.ConsumerGroupMemberMetadataValue;
import io.ottla.wire.message.ConsumerGroupMetadataKey;
import io.ottla.wire.message.ConsumerGroupMetadataValue;
import io.ottla.wire.message.ConsumerGroupPartitionMetadataKey;
import io.ottla.wire.message.ConsumerGroupRegularExpressionKey;
import io.ottla.wire.message.ConsumerGroupRegularExpressionValue;
import io.ottla.wire.message.ConsumerGroupTargetAssignmentMemberKey;
import io.ottla.wire.message.ConsumerGroupTargetAssignmentMemberValue;
import io.ottla.wire.message.ConsumerGroupTargetAssignmentMetadataKey;
import io.ottla.wire.message.ConsumerGroupTargetAssignmentMetadataValue;

/**
 * Applies records to groups. A tombstone of what is not there changes nothing: logs are compacted
 * in pieces.
 *
 * <p>Stateless.
 */
final class GroupReplay {

  private GroupReplay() {}

  /** The group the record is about; null if it is not a record of consumer groups. */
  static String groupId(CoordinatorRecord record) {
    return switch (record.key()) {
      case ConsumerGroupMetadataKey key -> key.groupId();
      case ConsumerGroupPartitionMetadataKey key -> key.groupId();
      case ConsumerGroupMemberMetadataKey key -> key.groupId();
      case ConsumerGroupTargetAssignmentMetadataKey key -> key.groupId();
      case ConsumerGroupTargetAssignmentMemberKey key -> key.groupId();
      case ConsumerGroupCurrentMemberAssignmentKey key -> key.groupId();
      case ConsumerGroupRegularExpressionKey key -> key.groupId();
      default -> null;
    };
  }

  /** Whether the record says that a group is gone. */
  static boolean isEnd(CoordinatorRecord record) {
    return record.isTombstone() && record.key() instanceof ConsumerGroupMetadataKey;
  }

  /** Applies a record of the group that is not its end. */
  static void apply(ConsumerGroup group, CoordinatorRecord record) {
    ApiMessage value = record.isTombstone() ? null : record.value().message();
    switch (record.key()) {
      case ConsumerGroupMetadataKey key -> group.replayEpoch((ConsumerGroupMetadataValue) value);
      case ConsumerGroupPartitionMetadataKey key -> group.replayPartitionMetadata(value != null);
      case ConsumerGroupMemberMetadataKey key ->
          group.replayMember(key.memberId(), metadata((ConsumerGroupMemberMetadataValue) value));
      case ConsumerGroupTargetAssignmentMetadataKey key ->
          group.replayTargetEpoch((ConsumerGroupTargetAssignmentMetadataValue) value);
      case ConsumerGroupTargetAssignmentMemberKey key ->
          group.replayTarget(
              key.memberId(), target((ConsumerGroupTargetAssignmentMemberValue) value));
      case ConsumerGroupCurrentMemberAssignmentKey key ->
          group.replayCurrent(
              key.memberId(), current((ConsumerGroupCurrentMemberAssignmentValue) value));
      case ConsumerGroupRegularExpressionKey key ->
          group.replayRegex(
              key.regularExpression(), resolved((ConsumerGroupRegularExpressionValue) value));
      default -> throw new IllegalArgumentException("not a record of consumer groups: " + record);
    }
  }

  private static MemberMetadata metadata(ConsumerGroupMemberMetadataValue value) {
    return value == null ? null : MemberMetadata.of(value);
  }

  private static MemberAssignment target(ConsumerGroupTargetAssignmentMemberValue value) {
    return value == null ? null : ConsumerGroupRecords.assignment(value);
  }

  private static CurrentAssignment current(ConsumerGroupCurrentMemberAssignmentValue value) {
    return value == null ? null : CurrentAssignment.of(value);
  }

  private static ResolvedRegex resolved(ConsumerGroupRegularExpressionValue value) {
    return value == null ? null : ResolvedRegex.of(value);
  }
}
