package io.ottla.coordinator.group;

import io.ottla.coordinator.CoordinatorContext;
import io.ottla.coordinator.CoordinatorException;
import io.ottla.coordinator.CoordinatorRecord;
import io.ottla.coordinator.CoordinatorResult;
import io.ottla.wire.ErrorCode;
import io.ottla.wire.TopicPartition;
import io.ottla.wire.Uuid;
import io.ottla.wire.message.OffsetDeleteRequest;
import io.ottla.wire.message.OffsetDeleteResponse;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * How offsets go: deleted on request (OffsetDelete, DeleteGroups), with their topic, or by age. An
 * offset ages (KIP-211) from the moment its group got empty; from its commit if the group has no
 * members by nature, or if its members do not read the topic any more. A group without members and
 * offsets goes too.
 *
 * <p>Owned by the shard's thread.
 */
final class OffsetRetention {

  private final GroupCoordinatorConfig config;
  private final CoordinatorContext context;
  private final ClassicGroups groups;
  private final OffsetStore offsets;

  OffsetRetention(
      GroupCoordinatorConfig config,
      CoordinatorContext context,
      ClassicGroups groups,
      OffsetStore offsets) {
    this.config = config;
    this.context = context;
    this.groups = groups;
    this.offsets = offsets;
  }

  /**
   * Deletes offsets of topics that the group does not read.
   *
   * @throws CoordinatorException if the group is unknown, or in use by others than consumers
   */
  CoordinatorResult<OffsetDeleteResponse> delete(OffsetDeleteRequest request) {
    ClassicGroup group = groups.find(request.groupId());
    if (group == null) {
      throw new CoordinatorException(ErrorCode.GROUP_ID_NOT_FOUND);
    }
    if (!group.isIn(ClassicGroupState.EMPTY) && !group.usesConsumerProtocol()) {
      throw new CoordinatorException(ErrorCode.NON_EMPTY_GROUP);
    }
    List<CoordinatorRecord> records = new ArrayList<>();
    List<OffsetDeleteResponse.OffsetDeleteResponseTopic> topics = new ArrayList<>();
    for (OffsetDeleteRequest.OffsetDeleteRequestTopic topic : request.topics()) {
      boolean isInUse = group.isSubscribedTo(topic.name());
      List<OffsetDeleteResponse.OffsetDeleteResponsePartition> partitions = new ArrayList<>();
      for (OffsetDeleteRequest.OffsetDeleteRequestPartition partition : topic.partitions()) {
        TopicPartition key = new TopicPartition(topic.name(), partition.partitionIndex());
        if (!isInUse && hasOffset(request.groupId(), key)) {
          records.add(GroupRecords.offsetTombstone(request.groupId(), key));
        }
        partitions.add(
            new OffsetDeleteResponse.OffsetDeleteResponsePartition()
                .partitionIndex(partition.partitionIndex())
                .errorCode(
                    (isInUse ? ErrorCode.GROUP_SUBSCRIBED_TO_TOPIC : ErrorCode.NONE).code()));
      }
      topics.add(
          new OffsetDeleteResponse.OffsetDeleteResponseTopic()
              .name(topic.name())
              .partitions(partitions));
    }
    return CoordinatorResult.<OffsetDeleteResponse>append(records)
        .withResponse(new OffsetDeleteResponse().topics(topics));
  }

  private boolean hasOffset(String groupId, TopicPartition partition) {
    return offsets.find(groupId, partition.topic(), partition.partition()) != null
        || offsets.isPending(groupId, partition);
  }

  /** Adds what deletes a group and all its offsets; the group last, as it can be tried again. */
  void deleteGroup(String groupId, List<CoordinatorRecord> records) {
    Set<TopicPartition> partitions = new LinkedHashSet<>();
    offsets
        .of(groupId)
        .forEach(
            (topic, committed) ->
                committed
                    .keySet()
                    .forEach(partition -> partitions.add(new TopicPartition(topic, partition))));
    partitions.addAll(offsets.pendingPartitions(groupId));
    partitions.forEach(partition -> records.add(GroupRecords.offsetTombstone(groupId, partition)));
    records.add(GroupRecords.groupTombstone(groupId));
  }

  /** Deletes all offsets of a topic that was deleted; not those of a later one of its name. */
  CoordinatorResult<Void> deleteTopic(Uuid topicId, String topic) {
    Set<CoordinatorRecord> records = new LinkedHashSet<>();
    offsets.forEachOfTopic(
        topic,
        (groupId, entry) -> {
          if (entry.getValue().isOfTopic(topicId)) {
            records.add(
                GroupRecords.offsetTombstone(groupId, new TopicPartition(topic, entry.getKey())));
          }
        });
    return CoordinatorResult.appendInParts(List.copyOf(records));
  }

  /** Adds what removes the aged offsets of a group, and the group if nothing is left of it. */
  void expire(String groupId, List<CoordinatorRecord> records) {
    ClassicGroup group = groups.find(groupId);
    if (group == null) {
      return;
    }
    long nowMs = context.nowMs();
    boolean isAnyLeft = offsets.hasOpenTransactions(groupId);
    for (Map.Entry<String, Map<Integer, CommittedOffset>> topic : offsets.of(groupId).entrySet()) {
      boolean mayExpire = mayExpire(group) && !group.isSubscribedTo(topic.getKey());
      for (Map.Entry<Integer, CommittedOffset> entry : topic.getValue().entrySet()) {
        TopicPartition partition = new TopicPartition(topic.getKey(), entry.getKey());
        if (mayExpire
            && isExpired(group, entry.getValue(), nowMs)
            && !offsets.isPending(groupId, partition)) {
          records.add(GroupRecords.offsetTombstone(groupId, partition));
        } else {
          isAnyLeft = true;
        }
      }
    }
    if (!isAnyLeft && group.isIn(ClassicGroupState.EMPTY) && !group.hasPendingMembers()) {
      records.add(GroupRecords.groupTombstone(groupId));
    }
  }

  private static boolean mayExpire(ClassicGroup group) {
    return group.protocolType() == null
        || group.isIn(ClassicGroupState.EMPTY)
        || (group.isIn(ClassicGroupState.STABLE)
            && group.usesConsumerProtocol()
            && group.knowsSubscribedTopics());
  }

  private boolean isExpired(ClassicGroup group, CommittedOffset offset, long nowMs) {
    if (offset.hasExpireTimestamp()) {
      return nowMs >= offset.expireTimestampMs();
    }
    boolean agesWithGroup =
        group.protocolType() != null
            && group.isIn(ClassicGroupState.EMPTY)
            && group.stateTimestampMs() != CommittedOffset.NO_TIMESTAMP;
    long fromMs = agesWithGroup ? group.stateTimestampMs() : offset.commitTimestampMs();
    return nowMs - fromMs >= config.offsetsRetentionMs();
  }
}
