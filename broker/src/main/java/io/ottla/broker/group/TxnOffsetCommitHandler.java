package io.ottla.broker.group;

import io.ottla.broker.api.ApiHandler;
import io.ottla.broker.api.LateAnswer;
import io.ottla.broker.api.Request;
import io.ottla.broker.replica.HostedPartitions;
import io.ottla.broker.transaction.TransactionJoins;
import io.ottla.coordinator.RequestContext;
import io.ottla.coordinator.group.GroupCoordinator;
import io.ottla.log.TransactionGuards;
import io.ottla.replication.Partition;
import io.ottla.replication.PartitionTransactions;
import io.ottla.wire.ApiKey;
import io.ottla.wire.ApiMessage;
import io.ottla.wire.ErrorCode;
import io.ottla.wire.TopicPartition;
import io.ottla.wire.message.TxnOffsetCommitRequest;
import io.ottla.wire.message.TxnOffsetCommitResponse;
import io.ottla.wire.record.BatchHeader;
import java.util.Set;

/**
 * TxnOffsetCommit, versions 0 to 5: commits offsets in a producer's transaction. Before the first
 * of a transaction its coordinator is asked: whether the group's partition is part of it, or, from
 * version 5 on, to make it so (KIP-890).
 */
public final class TxnOffsetCommitHandler implements ApiHandler<TxnOffsetCommitRequest> {

  private static final short FIRST_THAT_ADDS = 5;
  private static final short FIRST_WITH_ABORTABLE = 4;

  private final GroupCoordinator coordinator;
  private final HostedPartitions partitions;
  private final TransactionJoins transactions;

  public TxnOffsetCommitHandler(
      GroupCoordinator coordinator, HostedPartitions partitions, TransactionJoins transactions) {
    this.coordinator = coordinator;
    this.partitions = partitions;
    this.transactions = transactions;
  }

  @Override
  public ApiKey api() {
    return ApiKey.TXN_OFFSET_COMMIT;
  }

  @Override
  public void handle(Request<TxnOffsetCommitRequest> request) {
    request.releaseFrame();
    TxnOffsetCommitRequest body = request.body();
    TopicPartition offsets =
        new TopicPartition(GroupCoordinator.TOPIC, coordinator.partitionFor(body.groupId()));
    Partition partition = partitions.get(offsets.topic(), offsets.partition());
    if (body.transactionalId().isEmpty() || body.producerId() < 0 || body.producerEpoch() < 0) {
      request.fail(ErrorCode.INVALID_REQUEST);
      return;
    }
    if (partition == null) {
      request.fail(ErrorCode.NOT_COORDINATOR);
      return;
    }
    TransactionGuards guards = new PartitionTransactions(partition).guards();
    if (guards.isOpen(body.producerId(), body.producerEpoch())) {
      commit(request, TransactionGuards.NONE);
      return;
    }
    boolean adds = request.version() >= FIRST_THAT_ADDS;
    TransactionGuards.Guard guard =
        guards.take(
            body.transactionalId(),
            body.producerId(),
            body.producerEpoch(),
            adds,
            BatchHeader.NO_SEQUENCE);
    var _ =
        transactions
            .ask(
                adds ? TransactionJoins.Ask.ADD : TransactionJoins.Ask.VERIFY,
                body.transactionalId(),
                body.producerId(),
                body.producerEpoch(),
                Set.of(offsets))
            .whenComplete(
                (errors, failure) -> {
                  ErrorCode error = failure == null ? errors.get(offsets) : null;
                  if (error == ErrorCode.NONE) {
                    commit(request, guard);
                    return;
                  }
                  if (error == null || !TransactionJoins.isPassing(error)) {
                    guards.drop(guard);
                  }
                  if (error == null) {
                    LateAnswer.failed(
                        request,
                        failure == null ? new IllegalStateException("no answer") : failure);
                  } else {
                    request.fail(told(error, request.version()));
                  }
                });
  }

  private void commit(Request<TxnOffsetCommitRequest> request, TransactionGuards.Guard guard) {
    RequestContext context =
        new RequestContext(
            request.version(),
            request.clientId(),
            "/" + request.connection().peer().getHostAddress());
    request
        .connection()
        .handOver(
            () ->
                coordinator.commitTransactionalOffsets(
                    context, request.body(), guard, request::respond));
  }

  /** What the transaction's coordinator says, in words that committing producers understand. */
  private static ErrorCode told(ErrorCode error, short version) {
    return switch (error) {
      case PRODUCER_FENCED -> ErrorCode.INVALID_PRODUCER_EPOCH;
      case NETWORK_EXCEPTION, NOT_COORDINATOR, COORDINATOR_NOT_AVAILABLE ->
          ErrorCode.COORDINATOR_LOAD_IN_PROGRESS;
      case TRANSACTION_ABORTABLE ->
          version < FIRST_WITH_ABORTABLE ? ErrorCode.INVALID_TXN_STATE : error;
      default -> error;
    };
  }

  @Override
  public ApiMessage failure(TxnOffsetCommitRequest request, short version, ErrorCode error) {
    TxnOffsetCommitResponse response = new TxnOffsetCommitResponse();
    for (TxnOffsetCommitRequest.TxnOffsetCommitRequestTopic topic : request.topics()) {
      response
          .topics()
          .add(
              new TxnOffsetCommitResponse.TxnOffsetCommitResponseTopic()
                  .name(topic.name())
                  .topicId(topic.topicId())
                  .partitions(
                      topic.partitions().stream()
                          .map(
                              partition ->
                                  new TxnOffsetCommitResponse.TxnOffsetCommitResponsePartition()
                                      .partitionIndex(partition.partitionIndex())
                                      .errorCode(error.code()))
                          .toList()));
    }
    return response;
  }
}
