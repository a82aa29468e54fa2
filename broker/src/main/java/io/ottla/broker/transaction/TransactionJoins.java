package io.ottla.broker.transaction;

import io.ottla.wire.ErrorCode;
import io.ottla.wire.TopicPartition;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;

/** Asks a transaction's coordinator about partitions that are about to be written. Any thread. */
public interface TransactionJoins {

  /** What the coordinator is asked for. */
  enum Ask {
    /** To make the partitions part of the transaction (transaction version 2). */
    ADD,
    /** Whether the producer has made them so (before). */
    VERIFY
  }

  /** Whether the coordinator, asked again, may say something else. */
  static boolean isPassing(ErrorCode error) {
    return switch (error) {
      case NETWORK_EXCEPTION,
          COORDINATOR_LOAD_IN_PROGRESS,
          COORDINATOR_NOT_AVAILABLE,
          NOT_COORDINATOR,
          CONCURRENT_TRANSACTIONS,
          OPERATION_NOT_ATTEMPTED ->
          true;
      default -> false;
    };
  }

  /**
   * Asks.
   *
   * @return an error for each partition, NONE for those in the transaction; never fails
   */
  CompletableFuture<Map<TopicPartition, ErrorCode>> ask(
      Ask ask,
      String transactionalId,
      long producerId,
      short producerEpoch,
      Set<TopicPartition> partitions);
}
