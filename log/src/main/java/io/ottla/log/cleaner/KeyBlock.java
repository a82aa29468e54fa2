package io.ottla.log.cleaner;

import com.dynatrace.hash4j.hashing.HashValue128;
import com.dynatrace.hash4j.hashing.Hasher128;
import io.ottla.wire.record.RecordReader;

/**
 * Some records' keys, hashed, with their offsets: what is asked of {@link KeyOffsets} is asked for
 * many at once. The table is far larger than what a processor has close by, each key lies anywhere
 * in it, and so what takes long is to wait for memory; for many keys it is waited for at once.
 *
 * <p>One thread. Made by {@link KeyOffsets#newBlock}, used over and over.
 */
public final class KeyBlock {

  /** So many accesses to memory that are under way together gain what there is to gain. */
  static final int CAPACITY = 64;

  private final Hasher128 hasher;
  final long[] high = new long[CAPACITY];
  final long[] low = new long[CAPACITY];
  final long[] offset = new long[CAPACITY];

  /** Where a key is in the table, or would be. */
  final long[] position = new long[CAPACITY];

  private byte[] key = new byte[256];
  private int size;

  KeyBlock(Hasher128 hasher) {
    this.hasher = hasher;
  }

  /** Adds the record a reader is at, which has a key; there must be room. */
  public void add(RecordReader at) {
    int length = at.keySize();
    if (length > key.length) {
      key = new byte[Math.max(length, 2 * key.length)];
    }
    at.copyKey(key);
    HashValue128 hash = hasher.hashBytesTo128Bits(key, 0, length);
    high[size] = hash.getMostSignificantBits();
    low[size] = hash.getLeastSignificantBits();
    offset[size] = at.offset();
    size++;
  }

  public int size() {
    return size;
  }

  public boolean isFull() {
    return size == CAPACITY;
  }

  public void clear() {
    size = 0;
  }
}
