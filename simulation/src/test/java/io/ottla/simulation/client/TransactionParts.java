package io.ottla.simulation.client;

import io.ottla.wire.ApiMessage;
import io.ottla.wire.ErrorCode;
import io.ottla.wire.TopicPartition;
import io.ottla.wire.message.AddOffsetsToTxnRequest;
import io.ottla.wire.message.AddOffsetsToTxnResponse;
import io.ottla.wire.message.AddPartitionsToTxnRequest;
import io.ottla.wire.message.AddPartitionsToTxnResponse;
import io.ottla.wire.message.TxnOffsetCommitRequest;
import io.ottla.wire.message.TxnOffsetCommitResponse;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** The requests that bring partitions and positions into a transaction, and their errors. */
final class TransactionParts {

  static final int ADD_PARTITIONS_VERSION = 3;
  static final int ADD_OFFSETS_VERSION = 4;

  private final String transactionalId;
  private final TransactionalProducer.Version version;
  private final ProducerIdentity identity;

  TransactionParts(
      String transactionalId, TransactionalProducer.Version version, ProducerIdentity identity) {
    this.transactionalId = transactionalId;
    this.version = version;
    this.identity = identity;
  }

  /** Whether a transaction can be aborted after an error, and the producer go on. */
  static boolean isAbortable(ErrorCode error) {
    return switch (error) {
      case TRANSACTION_ABORTABLE,
          UNKNOWN_PRODUCER_ID,
          FENCED_INSTANCE_ID,
          UNKNOWN_MEMBER_ID,
          ILLEGAL_GENERATION,
          OPERATION_NOT_ATTEMPTED ->
          true;
      default -> false;
    };
  }

  AddPartitionsToTxnRequest addPartitions(Iterable<TopicPartition> some) {
    AddPartitionsToTxnRequest request =
        new AddPartitionsToTxnRequest()
            .v3AndBelowTransactionalId(transactionalId)
            .v3AndBelowProducerId(identity.id())
            .v3AndBelowProducerEpoch(identity.epoch());
    Map<String, AddPartitionsToTxnRequest.AddPartitionsToTxnTopic> topics = new TreeMap<>();
    for (TopicPartition each : some) {
      topics
          .computeIfAbsent(
              each.topic(),
              name -> new AddPartitionsToTxnRequest.AddPartitionsToTxnTopic().name(name))
          .partitions()
          .add(each.partition());
    }
    request.v3AndBelowTopics().addAll(topics.values());
    return request;
  }

  /** The first error that says why, if there is any. */
  private static ErrorCode worst(List<ErrorCode> errors) {
    ErrorCode worst = ErrorCode.NONE;
    for (ErrorCode error : errors) {
      if (worst == ErrorCode.NONE
          || worst == ErrorCode.OPERATION_NOT_ATTEMPTED
          || (worst.isRetriable() && error.isError() && !error.isRetriable())) {
        worst = error == ErrorCode.NONE ? worst : error;
      }
    }
    return worst;
  }

  static ErrorCode errorOfPartitions(ApiMessage answer) {
    List<ErrorCode> errors = new ArrayList<>();
    ((AddPartitionsToTxnResponse) answer)
        .resultsByTopicV3AndBelow()
        .forEach(
            topic ->
                topic
                    .resultsByPartition()
                    .forEach(each -> errors.add(ErrorCode.forCode(each.partitionErrorCode()))));
    return worst(errors);
  }

  AddOffsetsToTxnRequest addOffsets(String group) {
    return new AddOffsetsToTxnRequest()
        .transactionalId(transactionalId)
        .producerId(identity.id())
        .producerEpoch(identity.epoch())
        .groupId(group);
  }

  static ErrorCode errorOfOffsets(ApiMessage answer) {
    return ErrorCode.forCode(((AddOffsetsToTxnResponse) answer).errorCode());
  }

  int commitVersion() {
    return version == TransactionalProducer.Version.TWO ? 5 : 4;
  }

  TxnOffsetCommitRequest commitOffsets(GroupPositions positions) {
    TxnOffsetCommitRequest request =
        new TxnOffsetCommitRequest()
            .transactionalId(transactionalId)
            .groupId(positions.group())
            .producerId(identity.id())
            .producerEpoch(identity.epoch())
            .generationIdOrMemberEpoch(positions.generation())
            .memberId(positions.member());
    Map<String, TxnOffsetCommitRequest.TxnOffsetCommitRequestTopic> topics = new TreeMap<>();
    positions
        .positions()
        .forEach(
            (partition, offset) ->
                topics
                    .computeIfAbsent(
                        partition.topic(),
                        name -> new TxnOffsetCommitRequest.TxnOffsetCommitRequestTopic().name(name))
                    .partitions()
                    .add(
                        new TxnOffsetCommitRequest.TxnOffsetCommitRequestPartition()
                            .partitionIndex(partition.partition())
                            .committedOffset(offset)
                            .committedMetadata("")));
    request.topics().addAll(topics.values());
    return request;
  }

  static ErrorCode errorOfCommit(ApiMessage answer) {
    List<ErrorCode> errors = new ArrayList<>();
    ((TxnOffsetCommitResponse) answer)
        .topics()
        .forEach(
            topic ->
                topic
                    .partitions()
                    .forEach(each -> errors.add(ErrorCode.forCode(each.errorCode()))));
    return worst(errors);
  }
}
