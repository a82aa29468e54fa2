package io.ottla.simulation.client;

import io.ottla.wire.TopicPartition;
import io.ottla.wire.record.BatchHeader;
import io.ottla.wire.record.RecordBatch;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;

/**
 * What a producer has to send to one partition: batches that wait, those that are under way in the
 * order of their sequence numbers, and the numbers.
 */
final class PartitionSends {

  private static final int NONE = -1;

  private final TopicPartition partition;
  private final Deque<Batch> waiting = new ArrayDeque<>();

  /** Those that have sequence numbers and are not over, also while they wait to be sent again. */
  private final List<Batch> underWay = new ArrayList<>();

  private long producerId = BatchHeader.NO_PRODUCER_ID;
  private short epoch = BatchHeader.NO_PRODUCER_EPOCH;
  private int nextSequence;
  private int lastAcknowledged = NONE;
  private long lastOffset = NONE;

  /** What follows a batch that was given up though a broker may have it; {@link #NONE} if none. */
  private int afterUnresolved = NONE;

  PartitionSends(TopicPartition partition) {
    this.partition = partition;
  }

  TopicPartition partition() {
    return partition;
  }

  /** The last batch, if nothing of it has been sent. */
  Batch open() {
    Batch last = waiting.peekLast();
    return last == null || last.hasSequence() || last.wasSent() ? null : last;
  }

  void add(Batch batch) {
    waiting.addLast(batch);
  }

  Batch first() {
    return waiting.peekFirst();
  }

  void removeFirst() {
    waiting.removeFirst();
  }

  /** Batches that have not been sent, all of which leave. */
  List<Batch> takeUnsent() {
    List<Batch> unsent =
        waiting.stream().filter(batch -> !batch.hasSequence() && !batch.wasSent()).toList();
    waiting.removeAll(unsent);
    return unsent;
  }

  /** To be sent again: before what comes after it. */
  void putBack(Batch batch) {
    Deque<Batch> before = new ArrayDeque<>();
    while (!waiting.isEmpty()
        && waiting.peekFirst().hasSequence()
        && batch.hasSequence()
        && waiting.peekFirst().sequence() < batch.sequence()) {
      before.addLast(waiting.removeFirst());
    }
    waiting.addFirst(batch);
    while (!before.isEmpty()) {
      waiting.addFirst(before.removeLast());
    }
  }

  /** It is over. */
  void remove(Batch batch) {
    waiting.remove(batch);
    underWay.remove(batch);
  }

  boolean isAnyUnderWay() {
    return !underWay.isEmpty();
  }

  // ---- Sequence numbers

  /** Whether the identity has changed since a batch was last given a sequence number. */
  boolean isStale(ProducerIdentity identity) {
    return producerId != identity.id() || epoch != identity.epoch();
  }

  /** Gives a batch the next sequence numbers. */
  void identify(Batch batch, ProducerIdentity identity) {
    if (isStale(identity)) {
      restart(identity.id(), identity.epoch());
    }
    batch.identify(producerId, epoch, nextSequence);
    nextSequence = batch.nextSequence();
    underWay.add(batch);
  }

  /** All that is under way begins again with the first sequence number of an epoch. */
  void restart(long newId, short newEpoch) {
    producerId = newId;
    epoch = newEpoch;
    nextSequence = 0;
    for (Batch batch : underWay) {
      batch.identifyAnew(newId, newEpoch, nextSequence);
      nextSequence = batch.nextSequence();
    }
    lastAcknowledged = NONE;
    afterUnresolved = NONE;
  }

  /** Whether a batch that is to be sent again has to wait for one before it. */
  boolean mustWait(Batch batch) {
    return batch.hasSequence() && !underWay.isEmpty() && underWay.getFirst() != batch;
  }

  /** Whether a batch follows the last one that is known to be in the log. */
  boolean isNext(int sequence) {
    return lastAcknowledged == NONE
        ? sequence == 0
        : sequence == RecordBatch.incrementSequence(lastAcknowledged, 1);
  }

  long lastOffset() {
    return lastOffset;
  }

  void onAcknowledged(Batch batch, long baseOffset) {
    int last = RecordBatch.incrementSequence(batch.sequence(), batch.count() - 1);
    if (batch.producerId() == producerId && batch.epoch() == epoch) {
      lastAcknowledged = Math.max(lastAcknowledged, last);
    }
    if (baseOffset >= 0) {
      lastOffset = Math.max(lastOffset, baseOffset + batch.count() - 1);
    }
  }

  /** A batch failed for good: those after it take its place (as in a transaction). */
  void closeGap(Batch failed) {
    if (failed.producerId() != producerId || failed.epoch() != epoch) {
      return;
    }
    nextSequence -= failed.count();
    for (Batch batch : underWay) {
      if (batch.sequence() > failed.sequence()) {
        batch.identifyAnew(producerId, epoch, batch.sequence() - failed.count());
      }
    }
  }

  // ---- Batches given up

  /** A batch that may have reached the broker has been given up. */
  void leaveUnresolved(Batch batch) {
    afterUnresolved = Math.max(afterUnresolved, batch.nextSequence());
  }

  boolean isUnresolved() {
    return afterUnresolved != NONE;
  }

  /** Whether a batch comes right after one that was given up. */
  boolean isAfterUnresolved(int sequence) {
    return isUnresolved() && sequence == afterUnresolved;
  }

  /**
   * When nothing is under way any more, whether a later batch has shown that those given up are in
   * the log after all; in either case that question is closed.
   */
  boolean resolve() {
    afterUnresolved = NONE;
    return isNext(nextSequence);
  }
}
