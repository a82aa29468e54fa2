package io.ottla.coordinator.group;

import io.ottla.coordinator.CoordinatorContext;
import io.ottla.coordinator.CoordinatorRecord;
import io.ottla.coordinator.CoordinatorResult;
import io.ottla.coordinator.group.consumer.TopicCatalog;
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
  private final Groups groups;
  private final OffsetStore offsets;

  OffsetRetention(
      GroupCoordinatorConfig config,
      CoordinatorContext context,
      Groups groups,
      OffsetStore offsets) {
    this.config = config;
    this.context = context;
    this.groups = groups;
    this.offsets = offsets;
  }

  /**
   * Deletes offsets of topics that the group does not read.
   *
   * @throws io.ottla.coordinator.CoordinatorException if the group is unknown, or in use by others
   *     than consumers
   */
  CoordinatorResult<OffsetDeleteResponse> delete(OffsetDeleteRequest request) {
    Group group = groups.find(request.groupId());
    OffsetAccess.validateDelete(group);
    List<CoordinatorRecord> records = new ArrayList<>();
    List<OffsetDeleteResponse.OffsetDeleteResponseTopic> topics = new ArrayList<>();
    for (OffsetDeleteRequest.OffsetDeleteRequestTopic topic : request.topics()) {
      boolean isInUse = group.isSubscribedTo(topic.name());
      List<OffsetDeleteResponse.OffsetDeleteResponsePartition> partitions = new ArrayList<>();
      for (OffsetDeleteRequest.OffsetDeleteRequestPartition partition : topic.partitions()) {
        TopicPartition key = new TopicPartition(topic.name(), partition.partitionIndex());
        if (!isInUse && hasOffset(request.groupId(), key)) {
          records.add(
              GroupRecords.offsetTombstone(
                  request.groupId(), topic.name(), partition.partitionIndex()));
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
  void deleteGroup(Group group, List<CoordinatorRecord> records) {
    String groupId = group.groupId();
    Set<TopicPartition> partitions = new LinkedHashSet<>();
    offsets
        .of(groupId)
        .forEach(
            (topic, committed) ->
                committed
                    .keySet()
                    .forEach(partition -> partitions.add(new TopicPartition(topic, partition))));
    partitions.addAll(offsets.pendingPartitions(groupId));
    partitions.forEach(
        partition ->
            records.add(
                GroupRecords.offsetTombstone(groupId, partition.topic(), partition.partition())));
    group.addTombstones(records);
  }

  /** Deletes all offsets of a topic that was deleted; not those of a later one of its name. */
  CoordinatorResult<Void> deleteTopic(Uuid topicId, String topic) {
    Set<CoordinatorRecord> records = new LinkedHashSet<>();
    offsets.forEachOfTopic(
        topic,
        (groupId, entry) -> {
          if (entry.getValue().isOfTopic(topicId)) {
            records.add(GroupRecords.offsetTombstone(groupId, topic, entry.getKey()));
          }
        });
    return CoordinatorResult.appendInParts(List.copyOf(records));
  }

  /**
   * Adds what removes the offsets of a group whose topics are gone: deleted while nobody
   * coordinated the group here.
   *
   * @param topics no older than the offsets
   */
  void dropOrphans(String groupId, TopicCatalog topics, List<CoordinatorRecord> records) {
    offsets
        .of(groupId)
        .forEach(
            (topic, committed) ->
                committed.forEach(
                    (partition, offset) -> {
                      if (isOrphan(topics, topic, offset)) {
                        records.add(GroupRecords.offsetTombstone(groupId, topic, partition));
                      }
                    }));
  }

  private static boolean isOrphan(TopicCatalog topics, String topic, CommittedOffset offset) {
    return offset.topicId().isZero()
        ? topics.topic(topic) == null
        : topics.topic(offset.topicId()) == null;
  }

  /** Adds what removes the aged offsets of a group, and the group if nothing is left of it. */
  void expire(String groupId, List<CoordinatorRecord> records) {
    Group group = groups.find(groupId);
    if (group == null) {
      return;
    }
    long nowMs = context.nowMs();
    Aging aging = Aging.of(group);
    boolean isAnyLeft = offsets.hasOpenTransactions(groupId);
    for (Map.Entry<String, Map<Integer, CommittedOffset>> topic : offsets.of(groupId).entrySet()) {
      boolean mayExpire = aging != Aging.NONE && !group.isSubscribedTo(topic.getKey());
      for (Map.Entry<Integer, CommittedOffset> entry : topic.getValue().entrySet()) {
        TopicPartition partition = new TopicPartition(topic.getKey(), entry.getKey());
        if (mayExpire
            && isExpired(group, aging, entry.getValue(), nowMs)
            && !offsets.isPending(groupId, partition)) {
          records.add(GroupRecords.offsetTombstone(groupId, topic.getKey(), entry.getKey()));
        } else {
          isAnyLeft = true;
        }
      }
    }
    if (!isAnyLeft && isAbandoned(group)) {
      group.addTombstones(records);
    }
  }

  private static boolean isAbandoned(Group group) {
    return switch (group) {
      case ClassicGroup classic -> classic.isEmpty() && classic.pending().isEmpty();
      case ModernGroup modern -> modern.isEmpty();
    };
  }

  /** From when on the offsets of a group age. */
  private enum Aging {
    /** They do not: it is not known whether members use them. */
    NONE,
    SINCE_COMMIT,
    /** From the moment the last member left; from the commit if an old record does not say when. */
    SINCE_EMPTY;

    static Aging of(Group group) {
      return switch (group) {
        case ClassicGroup classic -> of(classic);
        case ModernGroup modern -> SINCE_COMMIT;
      };
    }

    private static Aging of(ClassicGroup group) {
      if (group.protocolType() == null) {
        return SINCE_COMMIT;
      }
      if (group.isEmpty()) {
        return group.stateTimestampMs() == CommittedOffset.NO_TIMESTAMP
            ? SINCE_COMMIT
            : SINCE_EMPTY;
      }
      return group.isIn(ClassicGroupState.STABLE)
              && group.usesConsumerProtocol()
              && group.knowsSubscribedTopics()
          ? SINCE_COMMIT
          : NONE;
    }
  }

  private boolean isExpired(Group group, Aging aging, CommittedOffset offset, long nowMs) {
    if (offset.hasExpireTimestamp()) {
      return nowMs >= offset.expireTimestampMs();
    }
    long fromMs =
        aging == Aging.SINCE_EMPTY && group instanceof ClassicGroup classic
            ? classic.stateTimestampMs()
            : offset.commitTimestampMs();
    return nowMs - fromMs >= config.offsetsRetentionMs();
  }
}
