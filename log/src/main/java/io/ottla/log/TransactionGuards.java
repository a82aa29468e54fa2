package io.ottla.log;

import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;

/**
 * Keeps transactions out of a log that their coordinator does not know (KIP-890). Who is about to
 * append the first batch of a transaction takes a guard, asks the coordinator, and appends with the
 * guard. A marker of the producer that comes between makes the guard worthless: the transaction
 * that the coordinator spoke of has ended.
 *
 * <p>Any thread may ask and take; the log's owner alone says what is open.
 */
public final class TransactionGuards {

  /**
   * The right to begin a transaction.
   *
   * @param epoch of the producer
   * @param isEpochFresh whether each transaction has an epoch of its own, so that it begins with
   *     sequence 0
   */
  public record Guard(long producerId, short epoch, boolean isEpochFresh, Object identity) {}

  /** For appends whose transaction nobody asks for. */
  public static final Guard UNGUARDED = new Guard(-1, (short) -1, false, "unguarded");

  /** For appends to a transaction that was open a moment ago: they may begin none. */
  public static final Guard NONE = new Guard(-1, (short) -1, false, "none");

  private final ConcurrentMap<Long, Guard> guards = new ConcurrentHashMap<>();
  private final ConcurrentMap<Long, Short> open = new ConcurrentHashMap<>();

  /** Of producers that have a guard or an open transaction here. */
  private final ConcurrentMap<Long, String> transactionalIds = new ConcurrentHashMap<>();

  TransactionGuards() {}

  /** Whether a transaction of the producer was open in this epoch a moment ago. */
  public boolean isOpen(long producerId, short epoch) {
    Short openEpoch = open.get(producerId);
    return openEpoch != null && openEpoch == epoch;
  }

  /**
   * The id of a producer that has an open transaction here; null if it began before this log was
   * opened, or led, by this process.
   */
  public String transactionalId(long producerId) {
    return transactionalIds.get(producerId);
  }

  /** A guard for the producer; those who take one at the same time share it. */
  public Guard take(String transactionalId, long producerId, short epoch, boolean isEpochFresh) {
    transactionalIds.put(producerId, transactionalId);
    return guards.compute(
        producerId,
        (id, known) ->
            known != null && known.epoch == epoch && known.isEpochFresh == isEpochFresh
                ? known
                : new Guard(producerId, epoch, isEpochFresh, new Object()));
  }

  /** A guard that will not be used: the coordinator does not know the transaction. */
  public void drop(Guard guard) {
    if (guards.remove(guard.producerId, guard) && !open.containsKey(guard.producerId)) {
      transactionalIds.remove(guard.producerId);
    }
  }

  /** Whether no marker has come since the guard was taken. */
  boolean isValid(Guard guard, long producerId, short epoch) {
    return guard == UNGUARDED
        || (guard.producerId == producerId
            && guard.epoch == epoch
            && guard.equals(guards.get(producerId)));
  }

  /** A transaction has begun in the log. */
  void onBegin(long producerId, short epoch) {
    open.put(producerId, epoch);
    guards.remove(producerId);
  }

  /**
   * A marker is in the log. One that ends a transaction with an epoch of its own carries the epoch
   * of the next: whoever waits to begin that keeps the guard.
   */
  void onEnd(long producerId, short markerEpoch) {
    open.remove(producerId);
    guards.computeIfPresent(
        producerId, (id, guard) -> guard.isEpochFresh && guard.epoch >= markerEpoch ? guard : null);
    if (!guards.containsKey(producerId)) {
      transactionalIds.remove(producerId);
    }
  }

  void clear() {
    open.clear();
    guards.clear();
    transactionalIds.clear();
  }
}
