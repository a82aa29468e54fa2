package io.ottla.coordinator.transaction;

import io.ottla.coordinator.CoordinatorContext;
import io.ottla.coordinator.CoordinatorRecord;
import io.ottla.coordinator.CoordinatorResult;
import io.ottla.coordinator.Deadline;
import io.ottla.wire.ErrorCode;
import java.util.List;
import java.util.function.IntSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Takes transactions from their decision to their end: writes the outcome down, has the markers
 * written once that is safe, and then writes down that this is done.
 *
 * <p>Owned by the shard's thread.
 */
final class Outcomes {

  private static final Logger LOG = LoggerFactory.getLogger(Outcomes.class);

  private static final int RETRY_MS = 100;

  /** Has markers written; the shard is told by {@link #complete} when that is done. */
  interface MarkerStart {

    void start(String transactionalId, Transaction prepared);
  }

  private final CoordinatorContext context;
  private final Transactions transactions;
  private final IntSupplier featureLevel;
  private final MarkerStart markers;

  Outcomes(
      CoordinatorContext context,
      Transactions transactions,
      IntSupplier featureLevel,
      MarkerStart markers) {
    this.context = context;
    this.transactions = transactions;
    this.featureLevel = featureLevel;
    this.markers = markers;
  }

  /** A record of what a transaction has become. */
  CoordinatorRecord record(TransactionEntry entry, Transaction transaction) {
    return TransactionRecords.of(entry.transactionalId(), transaction, featureLevel.getAsInt());
  }

  /**
   * Writes an outcome down. Its markers follow by themselves.
   *
   * @param prepared what the transaction becomes
   * @param lastEpoch by which a retry is known
   */
  <R> CoordinatorResult<R> prepare(TransactionEntry entry, Transaction prepared, short lastEpoch) {
    return CoordinatorResult.<R>append(List.of(record(entry, prepared)))
        .withAfterAppend(
            () -> {
              entry.lastEpoch(lastEpoch);
              resume(entry);
            });
  }

  /**
   * Aborts what is open, whatever its producer may want; the producer's epoch is over.
   *
   * @param spareProducerId a producer id that nobody has, if {@link #rotatesWhenFenced}
   */
  <R> CoordinatorResult<R> fence(TransactionEntry entry, long spareProducerId) {
    return prepare(entry, fenced(entry, spareProducerId), lastEpochWhenFenced(entry));
  }

  /**
   * Whether fencing takes a producer id: the highest epoch ends the transaction, and no producer
   * may have that one. Before version 2 of transactions the next producer is given another id.
   */
  boolean rotatesWhenFenced(TransactionEntry entry) {
    return version() >= Transaction.EPOCH_PER_TRANSACTION && entry.transaction().isExhausted();
  }

  /** What an open transaction becomes when its producer is fenced. */
  Transaction fenced(TransactionEntry entry, long spareProducerId) {
    long next = rotatesWhenFenced(entry) ? spareProducerId : Transaction.NO_PRODUCER_ID;
    return entry.transaction().prepared(false, true, version(), next, context.nowMs());
  }

  short lastEpochWhenFenced(TransactionEntry entry) {
    return version() >= Transaction.EPOCH_PER_TRANSACTION
        ? entry.transaction().producerEpoch()
        : Transaction.NO_EPOCH;
  }

  private int version() {
    int level = featureLevel.getAsInt();
    return level >= Transaction.EPOCH_PER_TRANSACTION ? Transaction.EPOCH_PER_TRANSACTION : 0;
  }

  /** Has the markers written, once the outcome itself is safe; also after a load. */
  void resume(TransactionEntry entry) {
    Transaction prepared = entry.transaction();
    context.whenCommitted(
        () -> {
          if (entry.transaction().equals(prepared)) {
            markers.start(entry.transactionalId(), prepared);
          }
        });
  }

  /**
   * All partitions know the outcome.
   *
   * @param prepared what the markers were written for
   */
  CoordinatorResult<Void> complete(String transactionalId, Transaction prepared) {
    TransactionEntry entry = transactions.find(transactionalId);
    if (entry == null || !entry.transaction().equals(prepared)) {
      LOG.debug("{} is not as it was when its markers were sent", transactionalId);
      return CoordinatorResult.nothing();
    }
    return CoordinatorResult.<Void>append(
            List.of(record(entry, prepared.completed(context.nowMs()))))
        .withAfterAppend(() -> entry.takeWaiting().forEach(Runnable::run))
        .withOnAppendError(error -> retryComplete(transactionalId, prepared, error));
  }

  private void retryComplete(String transactionalId, Transaction prepared, ErrorCode error) {
    LOG.info(
        "The end of the transaction of {} could not be written down ({}); tried again",
        transactionalId,
        error);
    Deadline deadline = context.deadline(() -> complete(transactionalId, prepared));
    deadline.set(RETRY_MS);
  }
}
