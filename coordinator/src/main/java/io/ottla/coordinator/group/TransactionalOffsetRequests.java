package io.ottla.coordinator.group;

import io.ottla.coordinator.CoordinatorPartitions;
import io.ottla.coordinator.RequestContext;
import io.ottla.wire.ErrorCode;
import io.ottla.wire.Uuid;
import io.ottla.wire.message.TxnOffsetCommitRequest;
import io.ottla.wire.message.TxnOffsetCommitResponse;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.function.Consumer;

/**
 * TxnOffsetCommit before and after the shard: partitions that do not exist are answered here, the
 * others go on with the ids of their topics. Any thread.
 */
final class TransactionalOffsetRequests {

  /** Producers before that fail on being told that a coordinator loads. */
  private static final short LOADING_ERROR_VERSION = 2;

  private final CoordinatorPartitions<GroupShard> partitions;
  private final TopicResolver topics;

  TransactionalOffsetRequests(CoordinatorPartitions<GroupShard> partitions, TopicResolver topics) {
    this.partitions = partitions;
    this.topics = topics;
  }

  boolean commit(
      RequestContext context,
      TxnOffsetCommitRequest request,
      Object guard,
      Consumer<TxnOffsetCommitResponse> callback) {
    List<TxnOffsetCommitRequest.TxnOffsetCommitRequestTopic> accepted = new ArrayList<>();
    for (TxnOffsetCommitRequest.TxnOffsetCommitRequestTopic topic : request.topics()) {
      List<TxnOffsetCommitRequest.TxnOffsetCommitRequestPartition> existing =
          topic.partitions().stream()
              .filter(partition -> exists(topic.name(), partition.partitionIndex()))
              .toList();
      if (!existing.isEmpty()) {
        Uuid topicId = topics.topicId(topic.name());
        accepted.add(
            new TxnOffsetCommitRequest.TxnOffsetCommitRequestTopic()
                .name(topic.name())
                .topicId(topicId)
                .partitions(existing));
      }
    }
    TxnOffsetCommitRequest toShard =
        new TxnOffsetCommitRequest()
            .transactionalId(request.transactionalId())
            .groupId(request.groupId())
            .producerId(request.producerId())
            .producerEpoch(request.producerEpoch())
            .generationIdOrMemberEpoch(request.generationIdOrMemberEpoch())
            .memberId(request.memberId())
            .groupInstanceId(request.groupInstanceId())
            .topics(accepted);
    Consumer<TxnOffsetCommitResponse> whole =
        response -> callback.accept(whole(request, toShard, response));
    if (accepted.isEmpty()) {
      whole.accept(new TxnOffsetCommitResponse());
      return true;
    }
    if (request.groupId().isEmpty()) {
      whole.accept(OffsetCommits.error(toShard, ErrorCode.INVALID_GROUP_ID));
      return true;
    }
    return partitions.ask(
        request.groupId(),
        (shard, reply) -> shard.commitOffsets(context, toShard, guard),
        whole,
        error -> OffsetCommits.error(toShard, told(error, context.apiVersion())));
  }

  private boolean exists(String topic, int partition) {
    return !topics.topicId(topic).isZero() && topics.hasPartition(topic, partition);
  }

  private static ErrorCode told(ErrorCode error, short version) {
    return error == ErrorCode.COORDINATOR_LOAD_IN_PROGRESS && version < LOADING_ERROR_VERSION
        ? ErrorCode.COORDINATOR_NOT_AVAILABLE
        : error;
  }

  /** The response to the whole request, in its order, out of that to the accepted part. */
  private static TxnOffsetCommitResponse whole(
      TxnOffsetCommitRequest request,
      TxnOffsetCommitRequest accepted,
      TxnOffsetCommitResponse response) {
    Iterator<TxnOffsetCommitRequest.TxnOffsetCommitRequestPartition> known =
        accepted.topics().stream().flatMap(topic -> topic.partitions().stream()).iterator();
    Iterator<TxnOffsetCommitResponse.TxnOffsetCommitResponsePartition> answers =
        response.topics().stream().flatMap(topic -> topic.partitions().stream()).iterator();
    TxnOffsetCommitRequest.TxnOffsetCommitRequestPartition next =
        known.hasNext() ? known.next() : null;
    List<TxnOffsetCommitResponse.TxnOffsetCommitResponseTopic> all =
        new ArrayList<>(request.topics().size());
    for (TxnOffsetCommitRequest.TxnOffsetCommitRequestTopic topic : request.topics()) {
      List<TxnOffsetCommitResponse.TxnOffsetCommitResponsePartition> answered =
          new ArrayList<>(topic.partitions().size());
      for (TxnOffsetCommitRequest.TxnOffsetCommitRequestPartition partition : topic.partitions()) {
        // The accepted partitions are the request's own, in its order.
        if (partition == next) {
          answered.add(answers.next());
          next = known.hasNext() ? known.next() : null;
        } else {
          answered.add(
              new TxnOffsetCommitResponse.TxnOffsetCommitResponsePartition()
                  .partitionIndex(partition.partitionIndex())
                  .errorCode(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION.code()));
        }
      }
      all.add(
          new TxnOffsetCommitResponse.TxnOffsetCommitResponseTopic()
              .name(topic.name())
              .partitions(answered));
    }
    return new TxnOffsetCommitResponse().topics(all);
  }
}
