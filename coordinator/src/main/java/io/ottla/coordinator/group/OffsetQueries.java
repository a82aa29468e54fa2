package io.ottla.coordinator.group;

import io.ottla.coordinator.CoordinatorException;
import io.ottla.wire.ErrorCode;
import io.ottla.wire.TopicPartition;
import io.ottla.wire.Uuid;
import io.ottla.wire.message.OffsetFetchRequest;
import io.ottla.wire.message.OffsetFetchResponse;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * OffsetFetch of one group: the offsets asked for, or all it has. A partition without one is
 * answered with offset -1; so is any partition of an unknown group. Where a stable offset is asked
 * for and an open transaction may still change it, the client has to come again (KIP-447).
 *
 * <p>Owned by the shard's thread.
 */
final class OffsetQueries {

  private static final long NO_OFFSET = -1;
  private static final int NO_LEADER_EPOCH = -1;

  private final Groups groups;
  private final OffsetStore offsets;

  OffsetQueries(Groups groups, OffsetStore offsets) {
    this.groups = groups;
    this.offsets = offsets;
  }

  /**
   * @param request with names and, where known, ids of its topics; no topics at all for all there
   *     are
   * @throws CoordinatorException if who asks says to be a member, and is not up to date
   */
  OffsetFetchResponse.OffsetFetchResponseGroup fetch(
      OffsetFetchRequest.OffsetFetchRequestGroup request, boolean isStableRequired) {
    OffsetAccess.validateFetch(
        groups.find(request.groupId()), request.memberId(), request.memberEpoch());
    List<OffsetFetchResponse.OffsetFetchResponseTopics> topics = new ArrayList<>();
    if (request.topics() == null) {
      for (Map.Entry<String, Map<Integer, CommittedOffset>> topic :
          offsets.of(request.groupId()).entrySet()) {
        topics.add(
            topic(
                request.groupId(),
                topic.getKey(),
                Uuid.ZERO,
                List.copyOf(topic.getValue().keySet()),
                isStableRequired));
      }
    } else {
      for (OffsetFetchRequest.OffsetFetchRequestTopics topic : request.topics()) {
        topics.add(
            topic(
                request.groupId(),
                topic.name(),
                topic.topicId(),
                topic.partitionIndexes(),
                isStableRequired));
      }
    }
    return new OffsetFetchResponse.OffsetFetchResponseGroup()
        .groupId(request.groupId())
        .topics(topics);
  }

  private OffsetFetchResponse.OffsetFetchResponseTopics topic(
      String groupId,
      String name,
      Uuid topicId,
      List<Integer> partitionIndexes,
      boolean isStableRequired) {
    Map<Integer, CommittedOffset> committed = offsets.of(groupId).getOrDefault(name, Map.of());
    List<OffsetFetchResponse.OffsetFetchResponsePartitions> partitions =
        new ArrayList<>(partitionIndexes.size());
    for (int index : partitionIndexes) {
      CommittedOffset offset = committed.get(index);
      if (isStableRequired && offsets.isPending(groupId, new TopicPartition(name, index))) {
        partitions.add(without(index, ErrorCode.UNSTABLE_OFFSET_COMMIT));
      } else if (offset == null || !offset.isOfTopic(topicId)) {
        partitions.add(without(index, ErrorCode.NONE));
      } else {
        partitions.add(
            new OffsetFetchResponse.OffsetFetchResponsePartitions()
                .partitionIndex(index)
                .committedOffset(offset.offset())
                .committedLeaderEpoch(offset.leaderEpoch())
                .metadata(offset.metadata()));
      }
    }
    return new OffsetFetchResponse.OffsetFetchResponseTopics()
        .name(name)
        .topicId(topicId)
        .partitions(partitions);
  }

  /** A partition for which there is no offset to tell. */
  static OffsetFetchResponse.OffsetFetchResponsePartitions without(int index, ErrorCode error) {
    return new OffsetFetchResponse.OffsetFetchResponsePartitions()
        .partitionIndex(index)
        .committedOffset(NO_OFFSET)
        .committedLeaderEpoch(NO_LEADER_EPOCH)
        .metadata("")
        .errorCode(error.code());
  }
}
