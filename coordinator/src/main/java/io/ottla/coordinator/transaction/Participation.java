package io.ottla.coordinator.transaction;

import io.ottla.coordinator.CoordinatorContext;
import io.ottla.coordinator.CoordinatorException;
import io.ottla.coordinator.CoordinatorResult;
import io.ottla.coordinator.Reply;
import io.ottla.wire.ErrorCode;
import io.ottla.wire.TopicPartition;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Which partitions are part of a transaction: adds them, for a producer or for the leader of a
 * partition that it writes to, or tells whether they are in it (KIP-890).
 *
 * <p>Owned by the shard's thread.
 */
final class Participation {

  private final CoordinatorContext context;
  private final Transactions transactions;
  private final Outcomes outcomes;
  private final Waits waits;

  Participation(
      CoordinatorContext context, Transactions transactions, Outcomes outcomes, Waits waits) {
    this.context = context;
    this.transactions = transactions;
    this.outcomes = outcomes;
    this.waits = waits;
  }

  /**
   * Adds partitions, all or none.
   *
   * @param version of transactions as the client knows them: 0 or 2
   */
  CoordinatorResult<ErrorCode> add(
      Producer producer, Set<TopicPartition> partitions, int version, Reply<ErrorCode> reply) {
    TransactionEntry entry = find(producer);
    return entry.transaction().status().isPrepared()
        ? waits.until(entry, reply, () -> add(find(producer), partitions, version))
        : add(entry, partitions, version);
  }

  private CoordinatorResult<ErrorCode> add(
      TransactionEntry entry, Set<TopicPartition> partitions, int version) {
    Transaction transaction = entry.transaction();
    refusePrepared(transaction);
    if (transaction.status() == TransactionStatus.ONGOING
        && transaction.partitions().containsAll(partitions)) {
      return CoordinatorResult.respond(ErrorCode.NONE);
    }
    Transaction next = transaction.withPartitions(partitions, version, context.nowMs());
    return CoordinatorResult.<ErrorCode>append(List.of(outcomes.record(entry, next)))
        .withResponse(ErrorCode.NONE);
  }

  /** Tells which partitions are part of the transaction. */
  CoordinatorResult<Map<TopicPartition, ErrorCode>> verify(
      Producer producer, Set<TopicPartition> partitions) {
    Transaction transaction = find(producer).transaction();
    refusePrepared(transaction);
    Map<TopicPartition, ErrorCode> results = new HashMap<>();
    for (TopicPartition partition : partitions) {
      results.put(
          partition,
          transaction.partitions().contains(partition)
              ? ErrorCode.NONE
              : ErrorCode.TRANSACTION_ABORTABLE);
    }
    return CoordinatorResult.respond(results);
  }

  private static void refusePrepared(Transaction transaction) {
    if (transaction.status().isPrepared()) {
      throw new CoordinatorException(ErrorCode.CONCURRENT_TRANSACTIONS);
    }
  }

  private TransactionEntry find(Producer producer) {
    TransactionEntry entry = transactions.find(producer.transactionalId());
    if (entry != null && entry.transaction().isNextProducer(producer.id(), producer.epoch())) {
      return entry; // Prepared: whoever asks waits, or comes back.
    }
    if (entry == null || entry.transaction().producerId() != producer.id()) {
      throw new CoordinatorException(ErrorCode.INVALID_PRODUCER_ID_MAPPING);
    }
    if (entry.transaction().producerEpoch() != producer.epoch()) {
      throw new CoordinatorException(ErrorCode.PRODUCER_FENCED);
    }
    return entry;
  }
}
