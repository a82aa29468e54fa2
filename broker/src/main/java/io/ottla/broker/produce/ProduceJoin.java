package io.ottla.broker.produce;

import io.ottla.broker.transaction.TransactionJoins;
import io.ottla.wire.ErrorCode;
import io.ottla.wire.TopicPartition;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Asks the coordinator of a produce request's transaction about those of its partitions in which
 * the transaction may begin (KIP-890): to add them, or, if the producer does that itself, whether
 * it has. Begins on the event loop.
 */
final class ProduceJoin {

  private static final Logger LOG = LoggerFactory.getLogger(ProduceJoin.class);

  /** From here on producers leave it to the leader to add partitions. */
  private static final short FIRST_THAT_ADDS = 12;

  /** Since then TRANSACTION_ABORTABLE is known. */
  private static final short FIRST_WITH_ABORTABLE = 11;

  private final TransactionJoins transactions;
  private final String transactionalId;
  private final short version;
  private final List<PartitionAppend> appends;

  ProduceJoin(
      TransactionJoins transactions,
      String transactionalId,
      short version,
      List<PartitionAppend> appends) {
    this.transactions = transactions;
    this.transactionalId = transactionalId;
    this.version = version;
    this.appends = appends;
  }

  /** Whether the coordinator is to be asked at all; refuses what needs no question. */
  boolean isNeeded() {
    TransactionalPart first = null;
    boolean isNeeded = false;
    for (PartitionAppend append : appends) {
      TransactionalPart part = append.part();
      if (part == null) {
        continue;
      }
      first = first == null ? part : first;
      if (transactionalId == null || transactionalId.isEmpty()) {
        append.refuse(
            ErrorCode.TRANSACTIONAL_ID_AUTHORIZATION_FAILED,
            "a batch is part of a transaction, but the request names no transactional id");
      } else if (part.producerId() != first.producerId() || part.epoch() != first.epoch()) {
        append.refuse(
            ErrorCode.INVALID_PRODUCER_ID_MAPPING,
            "one request has batches of several producers in transactions");
      } else if (!part.isLedHere()) {
        append.refuse(ErrorCode.NOT_LEADER_OR_FOLLOWER, null);
      } else {
        isNeeded |= part.mayBegin();
      }
    }
    return isNeeded;
  }

  /**
   * Asks.
   *
   * @param whenJoined runs once, on any thread, when all partitions are refused or may be written
   */
  void ask(Runnable whenJoined) {
    boolean adds = version >= FIRST_THAT_ADDS;
    Map<TopicPartition, PartitionAppend> asked = new HashMap<>();
    TransactionalPart any = null;
    for (PartitionAppend append : appends) {
      TransactionalPart part = append.part();
      if (part != null && part.mayBegin()) {
        part.takeGuard(transactionalId, adds);
        asked.put(part.topicPartition(), append);
        any = part;
      }
    }
    if (any == null) {
      whenJoined.run(); // It has begun meanwhile.
      return;
    }
    var _ =
        question(adds, any, asked.keySet())
            .whenComplete(
                (errors, failure) -> {
                  if (failure != null) {
                    LOG.error("Asking for the transaction of {} failed", transactionalId, failure);
                  }
                  asked.forEach(
                      (partition, append) ->
                          take(append, failure == null ? errors.get(partition) : null));
                  whenJoined.run();
                });
  }

  /** Whatever happens, there is an answer: later requests of the connection wait for it. */
  private CompletableFuture<Map<TopicPartition, ErrorCode>> question(
      boolean adds, TransactionalPart producer, Set<TopicPartition> partitions) {
    try {
      return transactions.ask(
          adds ? TransactionJoins.Ask.ADD : TransactionJoins.Ask.VERIFY,
          transactionalId,
          producer.producerId(),
          producer.epoch(),
          partitions);
    } catch (RuntimeException e) {
      return CompletableFuture.failedFuture(e);
    }
  }

  /**
   * @param answered null if there was no answer
   */
  private void take(PartitionAppend append, ErrorCode answered) {
    ErrorCode error = answered == null ? ErrorCode.UNKNOWN_SERVER_ERROR : answered;
    if (error != ErrorCode.NONE) {
      if (!TransactionJoins.isPassing(error)) {
        append.part().dropGuard(); // Else it keeps the batches after this one waiting.
      }
      append.refuse(
          told(error),
          "the partition is not part of the transaction of " + transactionalId + ": " + error);
    }
  }

  /** What a transaction's coordinator says, in words that producers of the version understand. */
  private ErrorCode told(ErrorCode error) {
    return switch (error) {
      case PRODUCER_FENCED -> ErrorCode.INVALID_PRODUCER_EPOCH;
      case TRANSACTION_ABORTABLE ->
          version < FIRST_WITH_ABORTABLE ? ErrorCode.INVALID_TXN_STATE : error;
      case CONCURRENT_TRANSACTIONS ->
          version < FIRST_THAT_ADDS ? ErrorCode.NOT_ENOUGH_REPLICAS : error;
      // Retried without a refresh of the metadata, which would not help. OPERATION_NOT_ATTEMPTED:
      // the coordinator has not heard yet of another partition of the request.
      case NETWORK_EXCEPTION,
          OPERATION_NOT_ATTEMPTED,
          COORDINATOR_LOAD_IN_PROGRESS,
          COORDINATOR_NOT_AVAILABLE,
          NOT_COORDINATOR ->
          ErrorCode.NOT_ENOUGH_REPLICAS;
      default -> error;
    };
  }
}
