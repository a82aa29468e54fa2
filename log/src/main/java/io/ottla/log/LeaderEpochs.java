package io.ottla.log;

import java.util.Arrays;

/**
 * The leader epochs of a log and the offset each starts at; both rise. Immutable: a change makes a
 * new one, readers on any thread keep what they have.
 */
public final class LeaderEpochs {

  public static final LeaderEpochs EMPTY = new LeaderEpochs(new int[0], new long[0]);

  private final int[] epochs;
  private final long[] startOffsets;

  private LeaderEpochs(int[] epochs, long[] startOffsets) {
    assert epochs.length == startOffsets.length;
    this.epochs = epochs;
    this.startOffsets = startOffsets;
  }

  public int size() {
    return epochs.length;
  }

  public int epoch(int index) {
    return epochs[index];
  }

  public long startOffset(int index) {
    return startOffsets[index];
  }

  /** The latest epoch, -1 if there is none. */
  public int latest() {
    return epochs.length == 0 ? -1 : epochs[epochs.length - 1];
  }

  /**
   * With an epoch that starts at an offset. Entries that contradict it, of epochs not below it or
   * offsets not below its own, give way: what the leader says last is true.
   */
  public LeaderEpochs assign(int epoch, long startOffset) {
    if (epoch < 0 || startOffset < 0) {
      throw new IllegalArgumentException("leader epoch " + epoch + " at " + startOffset);
    }
    int last = epochs.length - 1;
    if (last >= 0 && epochs[last] == epoch && startOffsets[last] <= startOffset) {
      return this;
    }
    int keep = epochs.length;
    while (keep > 0 && (epochs[keep - 1] >= epoch || startOffsets[keep - 1] >= startOffset)) {
      keep--;
    }
    int[] newEpochs = Arrays.copyOf(epochs, keep + 1);
    long[] newStartOffsets = Arrays.copyOf(startOffsets, keep + 1);
    newEpochs[keep] = epoch;
    newStartOffsets[keep] = startOffset;
    return new LeaderEpochs(newEpochs, newStartOffsets);
  }

  /** Without epochs that start at or behind an offset. */
  public LeaderEpochs truncateFromEnd(long endOffset) {
    int keep = epochs.length;
    while (keep > 0 && startOffsets[keep - 1] >= endOffset) {
      keep--;
    }
    return keep == epochs.length
        ? this
        : new LeaderEpochs(Arrays.copyOf(epochs, keep), Arrays.copyOf(startOffsets, keep));
  }

  /** Without epochs that end at or before an offset; the first one left starts there. */
  public LeaderEpochs truncateFromStart(long startOffset) {
    int drop = 0;
    while (drop < epochs.length && startOffsets[drop] <= startOffset) {
      drop++;
    }
    if (drop == 0 || (drop == 1 && startOffsets[0] == startOffset)) {
      return this;
    }
    int[] newEpochs = Arrays.copyOfRange(epochs, drop - 1, epochs.length);
    long[] newStartOffsets = Arrays.copyOfRange(startOffsets, drop - 1, epochs.length);
    newStartOffsets[0] = startOffset;
    return new LeaderEpochs(newEpochs, newStartOffsets);
  }

  /**
   * Where an epoch ends (OffsetForLeaderEpoch). The latest epoch ends where the log does. An epoch
   * below all that are known ends where the first of them starts. Of an epoch in between, the
   * answer names the largest one below it. An epoch above all is undefined.
   */
  public EpochEndOffset endOffset(int epoch, long logEndOffset) {
    if (epoch < 0 || epochs.length == 0 || epoch > latest()) {
      return EpochEndOffset.UNDEFINED;
    }
    if (epoch == latest()) {
      return new EpochEndOffset(epoch, logEndOffset);
    }
    int found = Arrays.binarySearch(epochs, epoch);
    int floor = found >= 0 ? found : -found - 2;
    return floor < 0
        ? new EpochEndOffset(epoch, startOffsets[0])
        : new EpochEndOffset(epochs[floor], startOffsets[floor + 1]);
  }

  /** The epoch that an offset belongs to, -1 if unknown. */
  public int epochOf(long offset) {
    int found = Arrays.binarySearch(startOffsets, offset);
    int floor = found >= 0 ? found : -found - 2;
    return floor < 0 ? -1 : epochs[floor];
  }

  @Override
  public boolean equals(Object other) {
    return other == this
        || (other instanceof LeaderEpochs that
            && Arrays.equals(epochs, that.epochs)
            && Arrays.equals(startOffsets, that.startOffsets));
  }

  @Override
  public int hashCode() {
    return 31 * Arrays.hashCode(epochs) + Arrays.hashCode(startOffsets);
  }

  @Override
  public String toString() {
    StringBuilder text = new StringBuilder("[");
    for (int i = 0; i < epochs.length; i++) {
      text.append(i == 0 ? "" : ", ").append(epochs[i]).append('@').append(startOffsets[i]);
    }
    return text.append(']').toString();
  }
}
