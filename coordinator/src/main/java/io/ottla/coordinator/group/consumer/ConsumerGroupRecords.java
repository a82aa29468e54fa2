package io.ottla.coordinator.group.consumer;

import io.ottla.coordinator.CoordinatorRecord;
import io.ottla.coordinator.CoordinatorRecordDecoder;
import io.ottla.coordinator.group.assignor.MemberAssignment;
import io.ottla.wire.ApiMessage;
import io.ottla.wire.Uuid;
import io.ottla.wire.message.ConsumerGroupCurrentMemberAssignmentKey;
import io.ottla.wire.message.ConsumerGroupCurrentMemberAssignmentValue;
import io.ottla.wire.message.ConsumerGroupMemberMetadataKey;
import io.ottla.wire.message.ConsumerGroupMemberMetadataValue;
import io.ottla.wire.message.ConsumerGroupMetadataKey;
import io.ottla.wire.message.ConsumerGroupMetadataValue;
import io.ottla.wire.message.ConsumerGroupPartitionMetadataKey;
import io.ottla.wire.message.ConsumerGroupPartitionMetadataValue;
import io.ottla.wire.message.ConsumerGroupRegularExpressionKey;
import io.ottla.wire.message.ConsumerGroupRegularExpressionValue;
import io.ottla.wire.message.ConsumerGroupTargetAssignmentMemberKey;
import io.ottla.wire.message.ConsumerGroupTargetAssignmentMemberValue;
import io.ottla.wire.message.ConsumerGroupTargetAssignmentMetadataKey;
import io.ottla.wire.message.ConsumerGroupTargetAssignmentMetadataValue;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * The records of {@code __consumer_offsets} for consumer groups, as Kafka 4.3 writes them.
 *
 * <pre>
 *  type 3   group          -> epoch, hash of its topics
 *  type 4   group          -> its topics, until 4.0; only ever removed now
 *  type 5   group, member  -> what the member told
 *  type 6   group          -> epoch and time of the target assignment
 *  type 7   group, member  -> target assignment
 *  type 8   group, member  -> current assignment
 *  type 16  group, regex   -> topics
 * </pre>
 */
public final class ConsumerGroupRecords {

  private static final short VERSION = 0;

  /** Knows the types above. */
  public static final CoordinatorRecordDecoder DECODER =
      new CoordinatorRecordDecoder() {
        @Override
        public ApiMessage newKey(short type) {
          return switch (type) {
            case 3 -> new ConsumerGroupMetadataKey();
            case 4 -> new ConsumerGroupPartitionMetadataKey();
            case 5 -> new ConsumerGroupMemberMetadataKey();
            case 6 -> new ConsumerGroupTargetAssignmentMetadataKey();
            case 7 -> new ConsumerGroupTargetAssignmentMemberKey();
            case 8 -> new ConsumerGroupCurrentMemberAssignmentKey();
            case 16 -> new ConsumerGroupRegularExpressionKey();
            default -> null;
          };
        }

        @Override
        public ApiMessage newValue(short type) {
          return switch (type) {
            case 3 -> new ConsumerGroupMetadataValue();
            case 4 -> new ConsumerGroupPartitionMetadataValue();
            case 5 -> new ConsumerGroupMemberMetadataValue();
            case 6 -> new ConsumerGroupTargetAssignmentMetadataValue();
            case 7 -> new ConsumerGroupTargetAssignmentMemberValue();
            case 8 -> new ConsumerGroupCurrentMemberAssignmentValue();
            case 16 -> new ConsumerGroupRegularExpressionValue();
            default -> throw new IllegalArgumentException("not a record of groups: type " + type);
          };
        }
      };

  private ConsumerGroupRecords() {}

  public static CoordinatorRecord epoch(String groupId, int epoch, long metadataHash) {
    return CoordinatorRecord.of(
        new ConsumerGroupMetadataKey().groupId(groupId),
        new ConsumerGroupMetadataValue().epoch(epoch).metadataHash(metadataHash),
        VERSION);
  }

  public static CoordinatorRecord epochTombstone(String groupId) {
    return CoordinatorRecord.tombstone(new ConsumerGroupMetadataKey().groupId(groupId));
  }

  public static CoordinatorRecord partitionMetadataTombstone(String groupId) {
    return CoordinatorRecord.tombstone(new ConsumerGroupPartitionMetadataKey().groupId(groupId));
  }

  public static CoordinatorRecord member(String groupId, String memberId, MemberMetadata metadata) {
    return CoordinatorRecord.of(
        new ConsumerGroupMemberMetadataKey().groupId(groupId).memberId(memberId),
        metadata.toRecord(),
        VERSION);
  }

  public static CoordinatorRecord memberTombstone(String groupId, String memberId) {
    return CoordinatorRecord.tombstone(
        new ConsumerGroupMemberMetadataKey().groupId(groupId).memberId(memberId));
  }

  public static CoordinatorRecord targetEpoch(String groupId, int epoch, long timestampMs) {
    return CoordinatorRecord.of(
        new ConsumerGroupTargetAssignmentMetadataKey().groupId(groupId),
        new ConsumerGroupTargetAssignmentMetadataValue()
            .assignmentEpoch(epoch)
            .assignmentTimestamp(timestampMs),
        VERSION);
  }

  public static CoordinatorRecord targetEpochTombstone(String groupId) {
    return CoordinatorRecord.tombstone(
        new ConsumerGroupTargetAssignmentMetadataKey().groupId(groupId));
  }

  public static CoordinatorRecord target(
      String groupId, String memberId, MemberAssignment assignment) {
    List<ConsumerGroupTargetAssignmentMemberValue.TopicPartition> topics =
        new ArrayList<>(assignment.partitions().size());
    new TreeMap<>(assignment.partitions())
        .forEach(
            (topicId, partitions) ->
                topics.add(
                    new ConsumerGroupTargetAssignmentMemberValue.TopicPartition()
                        .topicId(topicId)
                        .partitions(List.copyOf(new TreeSet<>(partitions)))));
    return CoordinatorRecord.of(
        new ConsumerGroupTargetAssignmentMemberKey().groupId(groupId).memberId(memberId),
        new ConsumerGroupTargetAssignmentMemberValue().topicPartitions(topics),
        VERSION);
  }

  public static CoordinatorRecord targetTombstone(String groupId, String memberId) {
    return CoordinatorRecord.tombstone(
        new ConsumerGroupTargetAssignmentMemberKey().groupId(groupId).memberId(memberId));
  }

  public static CoordinatorRecord current(
      String groupId, String memberId, CurrentAssignment assignment) {
    return CoordinatorRecord.of(
        new ConsumerGroupCurrentMemberAssignmentKey().groupId(groupId).memberId(memberId),
        assignment.toRecord(),
        VERSION);
  }

  public static CoordinatorRecord currentTombstone(String groupId, String memberId) {
    return CoordinatorRecord.tombstone(
        new ConsumerGroupCurrentMemberAssignmentKey().groupId(groupId).memberId(memberId));
  }

  public static CoordinatorRecord regex(String groupId, String regex, ResolvedRegex resolved) {
    return CoordinatorRecord.of(
        new ConsumerGroupRegularExpressionKey().groupId(groupId).regularExpression(regex),
        resolved.toRecord(),
        VERSION);
  }

  public static CoordinatorRecord regexTombstone(String groupId, String regex) {
    return CoordinatorRecord.tombstone(
        new ConsumerGroupRegularExpressionKey().groupId(groupId).regularExpression(regex));
  }

  /** A target assignment as its record has it. */
  static MemberAssignment assignment(ConsumerGroupTargetAssignmentMemberValue value) {
    if (value.topicPartitions().isEmpty()) {
      return MemberAssignment.EMPTY;
    }
    TreeMap<Uuid, Set<Integer>> partitions = new TreeMap<>();
    for (ConsumerGroupTargetAssignmentMemberValue.TopicPartition topic : value.topicPartitions()) {
      partitions.put(topic.topicId(), new TreeSet<>(topic.partitions()));
    }
    return new MemberAssignment(partitions);
  }
}
