package io.ottla.log;

import io.ottla.wire.record.BatchHeader;

/**
 * What a log remembers of one idempotent producer: its epoch and its last five batches, by which a
 * batch that is sent again is known, and the transaction it has open here. Mutable, owned by the
 * log's owner; nothing is allocated per batch.
 */
public final class ProducerState {

  /** As many as a client may have in flight. */
  static final int BATCHES = 5;

  private final long producerId;
  private short epoch;
  private int coordinatorEpoch;
  private long lastTimestamp;
  private long transactionFirstOffset;

  // A ring: the oldest batch at first, count of them.
  private final int[] lastSequences = new int[BATCHES];
  private final int[] offsetDeltas = new int[BATCHES];
  private final long[] lastOffsets = new long[BATCHES];
  private final long[] timestamps = new long[BATCHES];
  private int first;
  private int count;

  /** From here to the last batch, each sequence is here: none was left out since. */
  private int runStart;

  ProducerState(long producerId) {
    this(producerId, BatchHeader.NO_PRODUCER_EPOCH, -1, BatchHeader.NO_TIMESTAMP, -1L);
  }

  ProducerState(
      long producerId,
      short epoch,
      int coordinatorEpoch,
      long lastTimestamp,
      long transactionFirstOffset) {
    this.producerId = producerId;
    this.epoch = epoch;
    this.coordinatorEpoch = coordinatorEpoch;
    this.lastTimestamp = lastTimestamp;
    this.transactionFirstOffset = transactionFirstOffset;
  }

  public long producerId() {
    return producerId;
  }

  /** -1 if none is known yet. */
  public short epoch() {
    return epoch;
  }

  /** Epoch of the transaction coordinator that wrote the last marker, -1 if none did. */
  public int coordinatorEpoch() {
    return coordinatorEpoch;
  }

  public long lastTimestamp() {
    return lastTimestamp;
  }

  /** First offset of the transaction that is open in this log, -1 if none is. */
  public long transactionFirstOffset() {
    return transactionFirstOffset;
  }

  /** Sequence of the last record, -1 if no batch is known. */
  public int lastSequence() {
    return count == 0 ? BatchHeader.NO_SEQUENCE : lastSequences[slot(count - 1)];
  }

  /** Offset of the last data record, -1 if no batch is known. */
  public long lastOffset() {
    return count == 0 ? -1L : lastOffsets[slot(count - 1)];
  }

  int lastOffsetDelta() {
    return count == 0 ? 0 : offsetDeltas[slot(count - 1)];
  }

  boolean hasBatches() {
    return count > 0;
  }

  /** How many batches are known, five at most. */
  int batchCount() {
    return count;
  }

  /** The batch of exactly this sequence range, -1 if it is not among the last ones. */
  int find(int firstSequence, int lastSequence) {
    for (int i = 0; i < count; i++) {
      int slot = slot(i);
      if (lastSequences[slot] == lastSequence && firstSequenceAt(slot) == firstSequence) {
        return slot;
      }
    }
    return -1;
  }

  /**
   * Whether a range of sequences was taken before the batches that are remembered: because none was
   * left out, it is in front of them.
   */
  boolean hasForgotten(int firstSequence, int lastSequence) {
    boolean wraps = count > 0 && firstSequenceAt(first) > lastSequence();
    return count > 0
        && !wraps
        && runStart <= firstSequence
        && firstSequence <= lastSequence
        && lastSequence < firstSequenceAt(first);
  }

  /** First offset of the batches that are remembered. */
  long firstOffset() {
    return firstOffsetAt(first);
  }

  int firstSequenceAt(int slot) {
    return decrement(lastSequences[slot], offsetDeltas[slot]);
  }

  int lastSequenceAt(int slot) {
    return lastSequences[slot];
  }

  long firstOffsetAt(int slot) {
    return lastOffsets[slot] - offsetDeltas[slot];
  }

  long lastOffsetAt(int slot) {
    return lastOffsets[slot];
  }

  long timestampAt(int slot) {
    return timestamps[slot];
  }

  /** From this sequence to the last one, none was left out. */
  int runStart() {
    return runStart;
  }

  /** What is known of the run from before the only batch that is. */
  void runStart(int sequence) {
    runStart = sequence;
  }

  void addBatch(short batchEpoch, int lastSequence, long lastOffset, int offsetDelta, long time) {
    epoch(batchEpoch);
    int firstSequence = decrement(lastSequence, offsetDelta);
    if (lastSequence < firstSequence) {
      runStart = 0;
    } else if (count == 0 || decrement(firstSequence, 1) != lastSequence() || firstSequence == 0) {
      runStart = firstSequence;
    }
    if (count == BATCHES) {
      first = slot(1);
      count--;
    }
    int slot = slot(count++);
    lastSequences[slot] = lastSequence;
    lastOffsets[slot] = lastOffset;
    offsetDeltas[slot] = offsetDelta;
    timestamps[slot] = time;
    lastTimestamp = time;
  }

  void beginTransaction(long firstOffset) {
    transactionFirstOffset = firstOffset;
  }

  void endTransaction(short markerEpoch, int markerCoordinatorEpoch, long timestamp) {
    epoch(markerEpoch);
    coordinatorEpoch = markerCoordinatorEpoch;
    transactionFirstOffset = -1L;
    lastTimestamp = timestamp;
  }

  /** Batches of another epoch count for nothing: sequences start anew. */
  private void epoch(short newEpoch) {
    if (epoch != newEpoch) {
      count = 0;
      epoch = newEpoch;
    }
  }

  /** Where the batch is; 0 is the oldest. */
  int slot(int index) {
    int slot = first + index;
    return slot >= BATCHES ? slot - BATCHES : slot;
  }

  private static int decrement(int sequence, int by) {
    return sequence >= by ? sequence - by : Integer.MAX_VALUE - (by - sequence) + 1;
  }

  @Override
  public String toString() {
    return "producer "
        + producerId
        + " (epoch "
        + epoch
        + ", last sequence "
        + lastSequence()
        + ", last offset "
        + lastOffset()
        + ", transaction from "
        + transactionFirstOffset
        + ")";
  }
}
