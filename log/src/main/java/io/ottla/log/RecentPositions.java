package io.ottla.log;

/**
 * Where the last batches of the active segment end: the high watermark is nearly always one of
 * these places, and knowing its position spares every reader a search. Owner only.
 */
final class RecentPositions {

  private static final int CAPACITY = 128; // Power of two.

  private final long[] offsets = new long[CAPACITY];
  private final int[] positions = new int[CAPACITY];
  private int count;

  void add(long endOffset, int endPosition) {
    int slot = count++ & (CAPACITY - 1);
    offsets[slot] = endOffset;
    positions[slot] = endPosition;
    if (count == Integer.MAX_VALUE) {
      count = 0;
    }
  }

  /** Position at which the batch of an offset starts, -1 if not known. */
  int position(long offset) {
    for (int i = 1; i <= Math.min(count, CAPACITY); i++) {
      int slot = (count - i) & (CAPACITY - 1);
      if (offsets[slot] <= offset) {
        return offsets[slot] == offset ? positions[slot] : -1;
      }
    }
    return -1;
  }

  void clear() {
    count = 0;
  }
}
