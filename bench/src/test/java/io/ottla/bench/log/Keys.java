package io.ottla.bench.log;

import java.nio.ByteBuffer;
import java.util.Arrays;

/** Which key each record of a keyed topic has: the same random order wherever it is asked. */
final class Keys {

  static final int BYTES = Integer.BYTES;

  private final int count;

  /**
   * @param count of different keys, numbered from 0
   */
  Keys(int count) {
    this.count = count;
  }

  /** The key of a record by the record's number. */
  int of(long record) {
    // The mixing function of SplittableRandom: as good as random, and needs no state.
    long z = record * 0x9E3779B97F4A7C15L + 0x9E3779B97F4A7C15L;
    z = (z ^ (z >>> 30)) * 0xBF58476D1CE4E5B9L;
    z = (z ^ (z >>> 27)) * 0x94D049BB133111EBL;
    return (int) Long.remainderUnsigned(z ^ (z >>> 31), count);
  }

  /** A key as it is sent. */
  static byte[] bytes(int key) {
    return ByteBuffer.allocate(BYTES).putInt(key).array();
  }

  /**
   * The number of the last record of each key, of the first so many records; -1 for a key that has
   * none.
   */
  long[] last(long records) {
    long[] last = new long[count];
    Arrays.fill(last, -1);
    for (long record = 0; record < records; record++) {
      last[of(record)] = record;
    }
    return last;
  }
}
