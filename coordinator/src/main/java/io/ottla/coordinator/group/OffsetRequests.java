package io.ottla.coordinator.group;

import io.ottla.coordinator.CoordinatorPartitions;
import io.ottla.coordinator.RequestContext;
import io.ottla.wire.ErrorCode;
import io.ottla.wire.Uuid;
import io.ottla.wire.message.OffsetCommitRequest;
import io.ottla.wire.message.OffsetCommitResponse;
import io.ottla.wire.message.OffsetDeleteRequest;
import io.ottla.wire.message.OffsetDeleteResponse;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.function.Consumer;

/**
 * OffsetCommit and OffsetDelete before and after the shard: partitions that do not exist are
 * answered here, the others go on with the names and ids of their topics. Any thread.
 */
final class OffsetRequests {

  private static final short TOPIC_ID_VERSION = 10;

  private final CoordinatorPartitions<GroupShard> partitions;
  private final TopicResolver topics;

  OffsetRequests(CoordinatorPartitions<GroupShard> partitions, TopicResolver topics) {
    this.partitions = partitions;
    this.topics = topics;
  }

  boolean commit(
      RequestContext context,
      OffsetCommitRequest request,
      Consumer<OffsetCommitResponse> callback) {
    boolean isById = context.apiVersion() >= TOPIC_ID_VERSION;
    if (!request.topics().isEmpty() && resolve(request, isById)) {
      return partitions.askShared(
          request.groupId(),
          (shard, reply) -> shard.commitOffsets(context, request),
          callback,
          error -> OffsetCommits.error(request, error));
    }
    List<ErrorCode> verdicts = new ArrayList<>();
    List<OffsetCommitRequest.OffsetCommitRequestTopic> accepted = new ArrayList<>();
    for (OffsetCommitRequest.OffsetCommitRequestTopic topic : request.topics()) {
      String name = isById ? topics.topicName(topic.topicId()) : topic.name();
      Uuid topicId = isById ? topic.topicId() : topics.topicId(topic.name());
      List<OffsetCommitRequest.OffsetCommitRequestPartition> existing = new ArrayList<>();
      for (OffsetCommitRequest.OffsetCommitRequestPartition partition : topic.partitions()) {
        ErrorCode verdict = verdict(name, topicId, partition.partitionIndex());
        verdicts.add(verdict);
        if (verdict == ErrorCode.NONE) {
          existing.add(partition);
        }
      }
      if (!existing.isEmpty()) {
        accepted.add(
            new OffsetCommitRequest.OffsetCommitRequestTopic()
                .name(name)
                .topicId(topicId)
                .partitions(existing));
      }
    }
    if (accepted.isEmpty()) {
      callback.accept(withVerdicts(request, verdicts, new OffsetCommitResponse()));
      return true;
    }
    OffsetCommitRequest toShard =
        new OffsetCommitRequest()
            .groupId(request.groupId())
            .generationIdOrMemberEpoch(request.generationIdOrMemberEpoch())
            .memberId(request.memberId())
            .groupInstanceId(request.groupInstanceId())
            .retentionTimeMs(request.retentionTimeMs())
            .topics(accepted);
    return partitions.askShared(
        request.groupId(),
        (shard, reply) -> shard.commitOffsets(context, toShard),
        response -> callback.accept(withVerdicts(request, verdicts, response)),
        error -> OffsetCommits.error(toShard, error));
  }

  /**
   * Gives the request's topics the names or ids they lack. That suffices if all partitions exist,
   * as they nearly always do.
   *
   * @return false if some do not exist
   */
  private boolean resolve(OffsetCommitRequest request, boolean isById) {
    for (OffsetCommitRequest.OffsetCommitRequestTopic topic : request.topics()) {
      String name = isById ? topics.topicName(topic.topicId()) : topic.name();
      if (name == null) {
        return false;
      }
      topic.name(name).topicId(isById ? topic.topicId() : topics.topicId(name));
      for (OffsetCommitRequest.OffsetCommitRequestPartition partition : topic.partitions()) {
        if (verdict(topic.name(), topic.topicId(), partition.partitionIndex()) != ErrorCode.NONE) {
          return false;
        }
      }
    }
    return true;
  }

  private ErrorCode verdict(String topicName, Uuid topicId, int partition) {
    if (topicName == null) {
      return ErrorCode.UNKNOWN_TOPIC_ID;
    }
    return topicId.isZero() || !topics.hasPartition(topicName, partition)
        ? ErrorCode.UNKNOWN_TOPIC_OR_PARTITION
        : ErrorCode.NONE;
  }

  /** The response to the whole request, in its order, out of that to the accepted part. */
  private static OffsetCommitResponse withVerdicts(
      OffsetCommitRequest request, List<ErrorCode> verdicts, OffsetCommitResponse accepted) {
    Iterator<Short> codes =
        accepted.topics().stream()
            .flatMap(topic -> topic.partitions().stream())
            .map(OffsetCommitResponse.OffsetCommitResponsePartition::errorCode)
            .iterator();
    Iterator<ErrorCode> verdict = verdicts.iterator();
    List<OffsetCommitResponse.OffsetCommitResponseTopic> answers =
        new ArrayList<>(request.topics().size());
    for (OffsetCommitRequest.OffsetCommitRequestTopic topic : request.topics()) {
      List<OffsetCommitResponse.OffsetCommitResponsePartition> partitions =
          new ArrayList<>(topic.partitions().size());
      for (OffsetCommitRequest.OffsetCommitRequestPartition partition : topic.partitions()) {
        ErrorCode refusal = verdict.next();
        partitions.add(
            new OffsetCommitResponse.OffsetCommitResponsePartition()
                .partitionIndex(partition.partitionIndex())
                .errorCode(refusal == ErrorCode.NONE ? codes.next() : refusal.code()));
      }
      answers.add(
          new OffsetCommitResponse.OffsetCommitResponseTopic()
              .name(topic.name())
              .topicId(topic.topicId())
              .partitions(partitions));
    }
    return new OffsetCommitResponse().topics(answers);
  }

  boolean delete(OffsetDeleteRequest request, Consumer<OffsetDeleteResponse> callback) {
    List<OffsetDeleteRequest.OffsetDeleteRequestTopic> accepted = new ArrayList<>();
    for (OffsetDeleteRequest.OffsetDeleteRequestTopic topic : request.topics()) {
      accepted.add(
          new OffsetDeleteRequest.OffsetDeleteRequestTopic()
              .name(topic.name())
              .partitions(
                  topic.partitions().stream()
                      .filter(
                          partition ->
                              topics.hasPartition(topic.name(), partition.partitionIndex()))
                      .toList()));
    }
    // Sent even with no partitions left: the group's own error comes first.
    OffsetDeleteRequest toShard =
        new OffsetDeleteRequest().groupId(request.groupId()).topics(accepted);
    return partitions.ask(
        request.groupId(),
        (shard, reply) -> shard.deleteOffsets(toShard),
        response -> callback.accept(withMissing(request, response)),
        error -> new OffsetDeleteResponse().errorCode(error.code()));
  }

  /** Adds the partitions that do not exist; the topics of both are the same, in the same order. */
  private static OffsetDeleteResponse withMissing(
      OffsetDeleteRequest request, OffsetDeleteResponse response) {
    if (response.errorCode() != ErrorCode.NONE.code()) {
      return response;
    }
    for (int i = 0; i < request.topics().size(); i++) {
      OffsetDeleteResponse.OffsetDeleteResponseTopic answer = response.topics().get(i);
      Iterator<OffsetDeleteResponse.OffsetDeleteResponsePartition> existing =
          List.copyOf(answer.partitions()).iterator();
      OffsetDeleteResponse.OffsetDeleteResponsePartition next =
          existing.hasNext() ? existing.next() : null;
      List<OffsetDeleteResponse.OffsetDeleteResponsePartition> all = new ArrayList<>();
      for (OffsetDeleteRequest.OffsetDeleteRequestPartition partition :
          request.topics().get(i).partitions()) {
        if (next != null && next.partitionIndex() == partition.partitionIndex()) {
          all.add(next);
          next = existing.hasNext() ? existing.next() : null;
        } else {
          all.add(
              new OffsetDeleteResponse.OffsetDeleteResponsePartition()
                  .partitionIndex(partition.partitionIndex())
                  .errorCode(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION.code()));
        }
      }
      answer.partitions(all);
    }
    return response;
  }
}
