package io.ottla.coordinator.group;

import io.ottla.wire.ErrorCode;
import io.ottla.wire.message.OffsetCommitRequest;
import io.ottla.wire.message.OffsetCommitRequest.OffsetCommitRequestPartition;
import io.ottla.wire.message.OffsetCommitRequest.OffsetCommitRequestTopic;
import io.ottla.wire.message.OffsetCommitResponse;
import io.ottla.wire.message.OffsetCommitResponse.OffsetCommitResponsePartition;
import io.ottla.wire.message.OffsetCommitResponse.OffsetCommitResponseTopic;
import io.ottla.wire.message.TxnOffsetCommitRequest;
import io.ottla.wire.message.TxnOffsetCommitRequest.TxnOffsetCommitRequestPartition;
import io.ottla.wire.message.TxnOffsetCommitRequest.TxnOffsetCommitRequestTopic;
import io.ottla.wire.message.TxnOffsetCommitResponse;
import io.ottla.wire.message.TxnOffsetCommitResponse.TxnOffsetCommitResponsePartition;
import io.ottla.wire.message.TxnOffsetCommitResponse.TxnOffsetCommitResponseTopic;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BiFunction;

/**
 * Responses to commits of offsets: an error, or none, for each partition, in the order of the
 * request. Stateless.
 */
public final class OffsetCommitResponses {

  /** Producers before that fail on being told that a coordinator loads. */
  private static final short FIRST_WITH_LOADING = 2;

  private OffsetCommitResponses() {}

  /**
   * @param errors called once for each partition, in the order of the request
   */
  public static OffsetCommitResponse of(
      OffsetCommitRequest request,
      BiFunction<OffsetCommitRequestTopic, OffsetCommitRequestPartition, ErrorCode> errors) {
    List<OffsetCommitResponseTopic> topics = new ArrayList<>(request.topics().size());
    for (OffsetCommitRequestTopic topic : request.topics()) {
      List<OffsetCommitResponsePartition> partitions = new ArrayList<>(topic.partitions().size());
      for (OffsetCommitRequestPartition partition : topic.partitions()) {
        partitions.add(
            new OffsetCommitResponsePartition()
                .partitionIndex(partition.partitionIndex())
                .errorCode(errors.apply(topic, partition).code()));
      }
      topics.add(
          new OffsetCommitResponseTopic()
              .name(topic.name())
              .topicId(topic.topicId())
              .partitions(partitions));
    }
    return new OffsetCommitResponse().topics(topics);
  }

  /**
   * The same of a producer's commit in its transaction.
   *
   * @param errors called once for each partition, in the order of the request
   */
  public static TxnOffsetCommitResponse of(
      TxnOffsetCommitRequest request,
      BiFunction<TxnOffsetCommitRequestTopic, TxnOffsetCommitRequestPartition, ErrorCode> errors) {
    List<TxnOffsetCommitResponseTopic> topics = new ArrayList<>(request.topics().size());
    for (TxnOffsetCommitRequestTopic topic : request.topics()) {
      List<TxnOffsetCommitResponsePartition> partitions =
          new ArrayList<>(topic.partitions().size());
      for (TxnOffsetCommitRequestPartition partition : topic.partitions()) {
        partitions.add(
            new TxnOffsetCommitResponsePartition()
                .partitionIndex(partition.partitionIndex())
                .errorCode(errors.apply(topic, partition).code()));
      }
      topics.add(
          new TxnOffsetCommitResponseTopic()
              .name(topic.name())
              .topicId(topic.topicId())
              .partitions(partitions));
    }
    return new TxnOffsetCommitResponse().topics(topics);
  }

  /** The response when nothing could be committed. */
  public static OffsetCommitResponse failed(OffsetCommitRequest request, ErrorCode error) {
    return of(request, (topic, partition) -> error);
  }

  /** The same of a producer's commit, in words that producers of the version understand. */
  public static TxnOffsetCommitResponse failed(
      TxnOffsetCommitRequest request, short version, ErrorCode error) {
    boolean isUnknown =
        error == ErrorCode.COORDINATOR_LOAD_IN_PROGRESS && version < FIRST_WITH_LOADING;
    ErrorCode told = isUnknown ? ErrorCode.COORDINATOR_NOT_AVAILABLE : error;
    return of(request, (topic, partition) -> told);
  }
}
