package io.ottla.log;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.function.Predicate;

/**
 * Keeps transactions out of a log that their coordinator does not know (KIP-890). Who is about to
 * append the first batch of a transaction takes a guard, asks the coordinator, and appends with the
 * guard. A marker of the producer that comes between makes the guard worthless: the transaction
 * that the coordinator spoke of has ended.
 *
 * <p>Any thread may ask and take; the log's owner alone says what is open.
 */
public final class TransactionGuards {

  /** The right to begin a transaction, for a producer in one epoch. */
  public static final class Guard {

    private final long producerId;
    private final short epoch;
    private final boolean isEpochFresh;

    /** Under the lock of the producer's entry in the map. */
    private volatile int lowestSequence;

    /** When expiry first saw it, in milliseconds since 1970; the owner's alone. */
    private long seenMs = -1;

    private Guard(long producerId, short epoch, boolean isEpochFresh, int sequence) {
      this.producerId = producerId;
      this.epoch = epoch;
      this.isEpochFresh = isEpochFresh;
      this.lowestSequence = sequence;
    }

    /** Whether each transaction has an epoch of its own, so that it begins with sequence 0. */
    boolean isEpochFresh() {
      return isEpochFresh;
    }

    /**
     * The lowest sequence of those who took it: what comes after may not be written before, even if
     * the coordinator was reached for it first.
     */
    int lowestSequence() {
      return lowestSequence;
    }

    private boolean isOf(short otherEpoch, boolean otherIsEpochFresh) {
      return epoch == otherEpoch && isEpochFresh == otherIsEpochFresh;
    }
  }

  /** For appends whose transaction nobody asks for. */
  public static final Guard UNGUARDED = new Guard(-1, (short) -1, false, Integer.MAX_VALUE);

  /** For appends to a transaction that was open a moment ago: they may begin none. */
  public static final Guard NONE = new Guard(-1, (short) -1, false, Integer.MAX_VALUE);

  /** Of one producer: an epoch is what a client says before anybody has asked. */
  private static final int MOST_PER_PRODUCER = 4;

  /** By producer id; the lists are never changed, and hold the newest last. */
  private final ConcurrentMap<Long, List<Guard>> guards = new ConcurrentHashMap<>();

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

  /**
   * A guard for the producer; those who take one at the same time share it.
   *
   * @param isEpochFresh whether each transaction has an epoch of its own
   * @param sequence of the first record that is to be written; -1 if it has none
   */
  public Guard take(
      String transactionalId, long producerId, short epoch, boolean isEpochFresh, int sequence) {
    transactionalIds.put(producerId, transactionalId);
    List<Guard> all =
        guards.compute(
            producerId, (id, known) -> with(known, producerId, epoch, isEpochFresh, sequence));
    return find(all, epoch, isEpochFresh);
  }

  private static List<Guard> with(
      List<Guard> known, long producerId, short epoch, boolean isEpochFresh, int sequence) {
    List<Guard> all = known == null ? List.of() : known;
    Guard guard = find(all, epoch, isEpochFresh);
    if (guard != null) {
      guard.lowestSequence = Math.min(guard.lowestSequence, sequence);
      return all;
    }
    List<Guard> more = new ArrayList<>(all);
    more.add(new Guard(producerId, epoch, isEpochFresh, sequence));
    return List.copyOf(more.subList(Math.max(0, more.size() - MOST_PER_PRODUCER), more.size()));
  }

  private static Guard find(List<Guard> all, short epoch, boolean isEpochFresh) {
    for (Guard guard : all) {
      if (guard.isOf(epoch, isEpochFresh)) {
        return guard;
      }
    }
    return null;
  }

  /** A guard that will not be used: the coordinator does not know the transaction. */
  public void drop(Guard guard) {
    keepIf(guard.producerId, it -> it != guard);
  }

  /** Whether no marker has come since the guard was taken. */
  boolean isValid(Guard guard, long producerId, short epoch) {
    return guard == UNGUARDED
        || (guard.producerId == producerId
            && guard.epoch == epoch
            && guards.getOrDefault(producerId, List.of()).contains(guard));
  }

  /** A transaction has begun in the log, or has gone on in another epoch. */
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
    keepIf(producerId, guard -> guard.isEpochFresh && guard.epoch >= markerEpoch);
  }

  /** Forgets guards that nobody has used for too long. */
  void removeExpired(long nowMs, long expirationMs) {
    for (Long producerId : guards.keySet()) {
      keepIf(producerId, guard -> !isExpired(guard, nowMs, expirationMs));
    }
  }

  private static boolean isExpired(Guard guard, long nowMs, long expirationMs) {
    guard.seenMs = guard.seenMs < 0 ? nowMs : guard.seenMs;
    return nowMs - guard.seenMs >= expirationMs;
  }

  private void keepIf(long producerId, Predicate<Guard> isKept) {
    guards.computeIfPresent(
        producerId,
        (id, known) -> {
          List<Guard> kept = known.stream().filter(isKept).toList();
          return kept.isEmpty() ? null : kept;
        });
    if (!guards.containsKey(producerId) && !open.containsKey(producerId)) {
      transactionalIds.remove(producerId);
    }
  }

  void clear() {
    open.clear();
    guards.clear();
    transactionalIds.clear();
  }
}
