package io.ottla.coordinator.transaction;

import io.ottla.wire.TopicPartition;
import java.util.Collections;
import java.util.LinkedHashSet;
import java.util.Set;

/**
 * What is written down about a transactional id, and what may come next. Immutable.
 *
 * @param producerId of the producer that holds the id now
 * @param previousProducerId the producer id before the last change
 * @param nextProducerId takes over when the transaction under way is complete, as the epochs of
 *     this one are used up; -1 for none
 * @param producerEpoch -1 until the first producer was initialized
 * @param timeoutMs after which an open transaction is aborted
 * @param partitions of the transaction that is open or half finished
 * @param startMs when the open transaction began, in milliseconds since 1970; -1 for none
 * @param updateMs of the last change
 * @param clientVersion the transaction version that the last change was made in: 0, or 2 if each
 *     transaction has its own epoch (KIP-890)
 */
record Transaction(
    long producerId,
    long previousProducerId,
    long nextProducerId,
    short producerEpoch,
    int timeoutMs,
    TransactionStatus status,
    Set<TopicPartition> partitions,
    long startMs,
    long updateMs,
    int clientVersion) {

  static final long NO_PRODUCER_ID = -1;
  static final short NO_EPOCH = -1;

  /** From this version on the end of each transaction raises the epoch. */
  static final int EPOCH_PER_TRANSACTION = 2;

  private static final long NO_START = -1;

  Transaction {
    // In their order, so that markers go out in the same order each time.
    partitions =
        partitions.isEmpty()
            ? Set.of()
            : Collections.unmodifiableSet(new LinkedHashSet<>(partitions));
  }

  /** A transactional id that nobody has used yet; not to be written down as it is. */
  static Transaction unused(long producerId, int timeoutMs, long nowMs) {
    return new Transaction(
        producerId,
        NO_PRODUCER_ID,
        NO_PRODUCER_ID,
        NO_EPOCH,
        timeoutMs,
        TransactionStatus.EMPTY,
        Set.of(),
        NO_START,
        nowMs,
        0);
  }

  /** Whether the next epoch would be the last one, which is kept for fencing. */
  static boolean isExhausted(short epoch) {
    return epoch >= Short.MAX_VALUE - 1;
  }

  boolean isExhausted() {
    return isExhausted(producerEpoch);
  }

  /** A producer was initialized with the next epoch. */
  Transaction initialized(short epoch, int newTimeoutMs, long nowMs) {
    return atRest(producerId, producerId, epoch, newTimeoutMs, nowMs);
  }

  /** The same once more: the producer did not get the answer. Nor may it get the next. */
  Transaction initializedAgain(int newTimeoutMs, long nowMs) {
    return atRest(producerId, previousProducerId, producerEpoch, newTimeoutMs, nowMs);
  }

  /** A producer was initialized, and the epochs of the producer id are used up. */
  Transaction rotated(long newProducerId, int newTimeoutMs, long nowMs) {
    return atRest(newProducerId, producerId, (short) 0, newTimeoutMs, nowMs);
  }

  private Transaction atRest(
      long newProducerId, long newPreviousProducerId, short epoch, int newTimeoutMs, long nowMs) {
    return new Transaction(
        newProducerId,
        newPreviousProducerId,
        nextProducerId,
        epoch,
        newTimeoutMs,
        TransactionStatus.EMPTY,
        Set.of(),
        NO_START,
        nowMs,
        clientVersion);
  }

  /** Partitions are part of the transaction, which begins if none is open. */
  Transaction withPartitions(Set<TopicPartition> added, int version, long nowMs) {
    Set<TopicPartition> all = new LinkedHashSet<>(partitions);
    all.addAll(added);
    return new Transaction(
        producerId,
        producerId,
        nextProducerId,
        producerEpoch,
        timeoutMs,
        TransactionStatus.ONGOING,
        all,
        status.isAtRest() ? nowMs : startMs,
        nowMs,
        version);
  }

  /**
   * The outcome is decided.
   *
   * @param isFence whether it is aborted against the will of its producer, whose epoch is over
   * @param newNextProducerId if the epochs are used up with this transaction, else -1
   */
  Transaction prepared(
      boolean isCommit, boolean isFence, int version, long newNextProducerId, long nowMs) {
    boolean isEpochOver = isFence || version >= EPOCH_PER_TRANSACTION;
    // The highest epoch can only have come from a fault; an abort gets out of it.
    boolean isHighest = producerEpoch == Short.MAX_VALUE;
    return new Transaction(
        producerId,
        producerId,
        newNextProducerId,
        isEpochOver && !isHighest ? (short) (producerEpoch + 1) : producerEpoch,
        timeoutMs,
        isCommit ? TransactionStatus.PREPARE_COMMIT : TransactionStatus.PREPARE_ABORT,
        partitions,
        status.isAtRest() ? nowMs : startMs,
        nowMs,
        version);
  }

  /**
   * Whether these are the producer id and epoch that take over when the transaction under way is
   * complete. Its producer has been told already.
   */
  boolean isNextProducer(long id, short epoch) {
    return status.isPrepared() && isRotating() && id == nextProducerId && epoch == 0;
  }

  private boolean isRotating() {
    return clientVersion >= EPOCH_PER_TRANSACTION && nextProducerId != NO_PRODUCER_ID;
  }

  /** All partitions know the outcome. */
  Transaction completed(long nowMs) {
    boolean isRotated = isRotating();
    return new Transaction(
        isRotated ? nextProducerId : producerId,
        producerId,
        NO_PRODUCER_ID,
        isRotated ? 0 : producerEpoch,
        timeoutMs,
        isCommit() ? TransactionStatus.COMPLETE_COMMIT : TransactionStatus.COMPLETE_ABORT,
        Set.of(),
        startMs,
        nowMs,
        clientVersion);
  }

  /** Whether the outcome, decided or complete, is a commit. */
  boolean isCommit() {
    return status == TransactionStatus.PREPARE_COMMIT
        || status == TransactionStatus.COMPLETE_COMMIT;
  }

  boolean isTimedOut(long nowMs) {
    return status == TransactionStatus.ONGOING && startMs + timeoutMs < nowMs;
  }
}
