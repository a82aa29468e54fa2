package io.ottla.coordinator.group;

import io.ottla.coordinator.CoordinatorPartitions;
import io.ottla.coordinator.RequestContext;
import io.ottla.wire.ErrorCode;
import io.ottla.wire.Uuid;
import io.ottla.wire.message.OffsetFetchRequest;
import io.ottla.wire.message.OffsetFetchResponse;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/**
 * OffsetFetch before and after the shard. Any thread.
 *
 * <ul>
 *   <li>Before version 8 a request names one group, in fields of its own; since then any number.
 *   <li>Version 1 has no place for a group's error but its partitions.
 *   <li>Since version 10 topics have ids in place of names; one that is gone is answered with
 *       UNKNOWN_TOPIC_ID, or, where all topics are asked for, left out.
 * </ul>
 */
final class OffsetFetchRequests {

  private static final short GROUP_ERROR_VERSION = 2;
  private static final short GROUPS_VERSION = 8;
  private static final short TOPIC_ID_VERSION = 10;

  private final CoordinatorPartitions<GroupShard> partitions;
  private final TopicResolver topics;

  OffsetFetchRequests(CoordinatorPartitions<GroupShard> partitions, TopicResolver topics) {
    this.partitions = partitions;
    this.topics = topics;
  }

  boolean fetch(
      RequestContext context, OffsetFetchRequest request, Consumer<OffsetFetchResponse> callback) {
    short version = context.apiVersion();
    List<OffsetFetchRequest.OffsetFetchRequestGroup> groups =
        version >= GROUPS_VERSION ? request.groups() : List.of(onlyGroup(request));
    return partitions.askEach(
        groups,
        OffsetFetchRequest.OffsetFetchRequestGroup::groupId,
        part -> {
          List<OffsetFetchRequest.OffsetFetchRequestGroup> named =
              part.stream().map(group -> named(group, version)).toList();
          return (shard, reply) -> shard.fetchOffsets(named, request.requireStable());
        },
        (group, error) -> groupError(group, error, version),
        results -> callback.accept(response(groups, results, version)));
  }

  private static OffsetFetchRequest.OffsetFetchRequestGroup onlyGroup(OffsetFetchRequest request) {
    OffsetFetchRequest.OffsetFetchRequestGroup group =
        new OffsetFetchRequest.OffsetFetchRequestGroup().groupId(request.groupId());
    if (request.topics() == null) {
      return group.topics(null);
    }
    return group.topics(
        request.topics().stream()
            .map(
                topic ->
                    new OffsetFetchRequest.OffsetFetchRequestTopics()
                        .name(topic.name())
                        .partitionIndexes(topic.partitionIndexes()))
            .toList());
  }

  /** The part of a group's request whose topics have names. */
  private OffsetFetchRequest.OffsetFetchRequestGroup named(
      OffsetFetchRequest.OffsetFetchRequestGroup group, short version) {
    if (version < TOPIC_ID_VERSION || group.topics() == null) {
      return group;
    }
    List<OffsetFetchRequest.OffsetFetchRequestTopics> known = new ArrayList<>();
    for (OffsetFetchRequest.OffsetFetchRequestTopics topic : group.topics()) {
      String name = topics.topicName(topic.topicId());
      if (name != null) {
        known.add(
            new OffsetFetchRequest.OffsetFetchRequestTopics()
                .name(name)
                .topicId(topic.topicId())
                .partitionIndexes(topic.partitionIndexes()));
      }
    }
    return new OffsetFetchRequest.OffsetFetchRequestGroup()
        .groupId(group.groupId())
        .memberId(group.memberId())
        .memberEpoch(group.memberEpoch())
        .topics(known);
  }

  private static OffsetFetchResponse.OffsetFetchResponseGroup groupError(
      OffsetFetchRequest.OffsetFetchRequestGroup group, ErrorCode error, short version) {
    // Consumers before 3.9 do not know the former here, and ask again after the latter.
    ErrorCode told =
        error == ErrorCode.COORDINATOR_NOT_AVAILABLE ? ErrorCode.NOT_COORDINATOR : error;
    OffsetFetchResponse.OffsetFetchResponseGroup response =
        new OffsetFetchResponse.OffsetFetchResponseGroup().groupId(group.groupId());
    if (version >= GROUP_ERROR_VERSION) {
      return response.errorCode(told.code());
    }
    return response.topics(group.topics().stream().map(topic -> topicError(topic, told)).toList());
  }

  private static OffsetFetchResponse.OffsetFetchResponseTopics topicError(
      OffsetFetchRequest.OffsetFetchRequestTopics topic, ErrorCode error) {
    return new OffsetFetchResponse.OffsetFetchResponseTopics()
        .name(topic.name())
        .topicId(topic.topicId())
        .partitions(
            topic.partitionIndexes().stream()
                .map(index -> OffsetQueries.without(index, error))
                .toList());
  }

  private OffsetFetchResponse response(
      List<OffsetFetchRequest.OffsetFetchRequestGroup> requests,
      List<OffsetFetchResponse.OffsetFetchResponseGroup> results,
      short version) {
    if (version >= TOPIC_ID_VERSION) {
      for (int i = 0; i < requests.size(); i++) {
        withTopicIds(requests.get(i), results.get(i));
      }
    }
    return version >= GROUPS_VERSION
        ? new OffsetFetchResponse().groups(results)
        : onlyGroup(results.get(0));
  }

  private void withTopicIds(
      OffsetFetchRequest.OffsetFetchRequestGroup request,
      OffsetFetchResponse.OffsetFetchResponseGroup result) {
    if (result.errorCode() != ErrorCode.NONE.code()) {
      return;
    }
    List<OffsetFetchResponse.OffsetFetchResponseTopics> answered = new ArrayList<>();
    if (request.topics() == null) {
      for (OffsetFetchResponse.OffsetFetchResponseTopics topic : result.topics()) {
        Uuid topicId = topics.topicId(topic.name());
        if (!topicId.isZero()) {
          answered.add(topic.topicId(topicId));
        }
      }
    } else {
      answered.addAll(result.topics());
      for (OffsetFetchRequest.OffsetFetchRequestTopics topic : request.topics()) {
        boolean isAnswered =
            result.topics().stream().anyMatch(each -> each.topicId().equals(topic.topicId()));
        if (!isAnswered) {
          answered.add(topicError(topic, ErrorCode.UNKNOWN_TOPIC_ID));
        }
      }
    }
    result.topics(answered);
  }

  private static OffsetFetchResponse onlyGroup(
      OffsetFetchResponse.OffsetFetchResponseGroup result) {
    return new OffsetFetchResponse()
        .errorCode(result.errorCode())
        .topics(
            result.topics().stream()
                .map(
                    topic ->
                        new OffsetFetchResponse.OffsetFetchResponseTopic()
                            .name(topic.name())
                            .partitions(
                                topic.partitions().stream()
                                    .map(OffsetFetchRequests::inOldPlace)
                                    .toList()))
                .toList());
  }

  private static OffsetFetchResponse.OffsetFetchResponsePartition inOldPlace(
      OffsetFetchResponse.OffsetFetchResponsePartitions partition) {
    return new OffsetFetchResponse.OffsetFetchResponsePartition()
        .partitionIndex(partition.partitionIndex())
        .committedOffset(partition.committedOffset())
        .committedLeaderEpoch(partition.committedLeaderEpoch())
        .metadata(partition.metadata())
        .errorCode(partition.errorCode());
  }
}
