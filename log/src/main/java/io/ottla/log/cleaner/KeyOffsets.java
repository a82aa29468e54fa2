package io.ottla.log.cleaner;

import com.dynatrace.hash4j.hashing.HashValue128;
import com.dynatrace.hash4j.hashing.Hasher128;
import com.dynatrace.hash4j.hashing.Hashing;
import io.ottla.wire.record.RecordReader;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * The last offset of each key in a stretch of a log, in memory of a fixed size outside of the heap:
 * 128 bits of the key's hash and the offset, 24 bytes a key. Keys themselves are not kept; that two
 * of them are taken for one is as likely as with Kafka's MD5, and the seed, new for each map, keeps
 * clients from bringing it about.
 *
 * <p>Owned by one thread; the memory goes back with {@link #close}.
 */
public final class KeyOffsets implements AutoCloseable {

  /** Bytes for one key. */
  public static final int ENTRY_SIZE = 24;

  private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG;
  private static final long HASH_HIGH = 0;
  private static final long HASH_LOW = 8;
  // Plus one, so that 0 is an empty slot.
  private static final long OFFSET = 16;

  private final Arena arena = Arena.ofConfined();
  private final MemorySegment memory;
  private final long slots;
  private final long capacity;
  private final Hasher128 hasher;

  private byte[] key = new byte[256];
  private long size;
  private long latestOffset = -1L;

  /**
   * @param maxBytes memory it may take
   * @param loadFactor share of its slots that may be used
   * @param maxKeys how many keys there can be at most: no memory is taken for more
   */
  public KeyOffsets(long maxBytes, double loadFactor, long maxKeys, long seed) {
    long affordable = Math.max(2, maxBytes / ENTRY_SIZE);
    long wanted = (long) Math.min(affordable, Math.max(1, maxKeys) / loadFactor + 2);
    this.slots = Math.max(2, wanted);
    this.capacity = Math.clamp((long) (slots * loadFactor), 1, slots - 1);
    this.memory = arena.allocate(slots * ENTRY_SIZE, Long.BYTES);
    this.hasher = Hashing.xxh3_128(seed);
  }

  /**
   * Takes note of the key of the record a reader is at. Offsets rise from call to call.
   *
   * @return false if there is no room for another key; then nothing was noted
   */
  public boolean put(RecordReader at) {
    HashValue128 hash = hash(at);
    long slot = find(hash);
    if (memory.get(LONG, slot + OFFSET) == 0) {
      if (size >= capacity) {
        return false;
      }
      memory.set(LONG, slot + HASH_HIGH, hash.getMostSignificantBits());
      memory.set(LONG, slot + HASH_LOW, hash.getLeastSignificantBits());
      size++;
    }
    memory.set(LONG, slot + OFFSET, at.offset() + 1);
    latestOffset = at.offset();
    return true;
  }

  /** The last offset noted for the key of the record a reader is at, -1 if there is none. */
  public long get(RecordReader at) {
    return memory.get(LONG, find(hash(at)) + OFFSET) - 1;
  }

  /** Up to and including this offset, all that there is was noted. */
  public long latestOffset() {
    return latestOffset;
  }

  /** All there is up to this offset was noted: it had no keys, or does not exist. */
  public void advanceTo(long offset) {
    latestOffset = Math.max(latestOffset, offset);
  }

  /** Number of keys. */
  public long size() {
    return size;
  }

  /** How full it is, 0 to 1. */
  public double utilization() {
    return (double) size / slots;
  }

  /** Position of the slot that holds a hash, or would. */
  private long find(HashValue128 hash) {
    long high = hash.getMostSignificantBits();
    long low = hash.getLeastSignificantBits();
    long slot = Math.multiplyHigh(high >>> 1, slots << 1);
    while (true) {
      long at = slot * ENTRY_SIZE;
      if (memory.get(LONG, at + OFFSET) == 0
          || (memory.get(LONG, at + HASH_HIGH) == high && memory.get(LONG, at + HASH_LOW) == low)) {
        return at;
      }
      slot = slot + 1 == slots ? 0 : slot + 1;
    }
  }

  private HashValue128 hash(RecordReader at) {
    int length = at.keySize();
    if (length > key.length) {
      key = new byte[Math.max(length, 2 * key.length)];
    }
    at.copyKey(key);
    return hasher.hashBytesTo128Bits(key, 0, length);
  }

  @Override
  public void close() {
    arena.close();
  }
}
