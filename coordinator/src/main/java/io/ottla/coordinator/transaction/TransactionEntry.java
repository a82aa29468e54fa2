package io.ottla.coordinator.transaction;

import java.util.ArrayList;
import java.util.List;

/**
 * A transactional id as its coordinator holds it: what is written down, and soft state beside it.
 *
 * <p>Owned by the shard's thread.
 */
final class TransactionEntry {

  private final String transactionalId;
  private Transaction transaction;

  /**
   * The epoch before the last change, so that its retry is known; not written down, as in Kafka.
   */
  private short lastEpoch = Transaction.NO_EPOCH;

  private List<Runnable> waiting = List.of();

  TransactionEntry(String transactionalId) {
    this.transactionalId = transactionalId;
  }

  String transactionalId() {
    return transactionalId;
  }

  Transaction transaction() {
    return transaction;
  }

  /** For replay alone. */
  void replay(Transaction newTransaction) {
    transaction = newTransaction;
  }

  short lastEpoch() {
    return lastEpoch;
  }

  void lastEpoch(short epoch) {
    lastEpoch = epoch;
  }

  /** Runs the action when the transaction that is half finished is complete. */
  void whenComplete(Runnable action) {
    if (waiting.isEmpty()) {
      waiting = new ArrayList<>(1);
    }
    waiting.add(action);
  }

  /** Those who wait; they wait no more. */
  List<Runnable> takeWaiting() {
    List<Runnable> all = waiting;
    waiting = List.of();
    return all;
  }

  @Override
  public String toString() {
    return transactionalId;
  }
}
