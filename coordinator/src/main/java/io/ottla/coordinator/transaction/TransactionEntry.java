package io.ottla.coordinator.transaction;

import io.ottla.coordinator.Reply;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

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

  private final Map<Reply<?>, Runnable> waiting = new LinkedHashMap<>(2);

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
  void whenComplete(Reply<?> waiter, Runnable action) {
    waiting.put(waiter, action);
  }

  /** Whoever waited has waited for long enough. */
  void forget(Reply<?> waiter) {
    waiting.remove(waiter);
  }

  /** How many wait. */
  int waiters() {
    return waiting.size();
  }

  /** Those who wait; they wait no more. */
  List<Runnable> takeWaiting() {
    List<Runnable> all = List.copyOf(waiting.values());
    waiting.clear();
    return all;
  }

  @Override
  public String toString() {
    return transactionalId;
  }
}
