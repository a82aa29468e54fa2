package io.ottla.log.cleaner;

import com.dynatrace.hash4j.hashing.Hasher128;
import com.dynatrace.hash4j.hashing.Hashing;
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

  /** Behind the last slot. */
  private final long end;

  private long size;
  private long latestOffset = -1L;

  /** Of no use but that what it is made of must be read. */
  private long approached;

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
    this.end = slots * ENTRY_SIZE;
    this.memory = arena.allocate(end, Long.BYTES);
    this.hasher = Hashing.xxh3_128(seed);
  }

  /** For {@link #put} and {@link #areLatest}. */
  public KeyBlock newBlock() {
    return new KeyBlock(hasher);
  }

  /**
   * Takes note of the keys of a block's records. Offsets rise within a block, and from call to
   * call.
   *
   * @return false if there was no room for another key: what comes before it was noted, nothing
   *     from there on
   */
  public boolean put(KeyBlock block) {
    approach(block);
    for (int i = 0; i < block.size(); i++) {
      long at = find(block, i);
      if (memory.get(LONG, at + OFFSET) == 0) {
        if (size >= capacity) {
          return false;
        }
        memory.set(LONG, at + HASH_HIGH, block.high[i]);
        memory.set(LONG, at + HASH_LOW, block.low[i]);
        size++;
      }
      memory.set(LONG, at + OFFSET, block.offset[i] + 1);
      latestOffset = block.offset[i];
    }
    return true;
  }

  /**
   * Says of each record of a block whether none with its key and a higher offset was noted.
   *
   * @param latest one for each of the block's records
   */
  public void areLatest(KeyBlock block, boolean[] latest) {
    approach(block);
    for (int i = 0; i < block.size(); i++) {
      latest[i] = block.offset[i] >= memory.get(LONG, find(block, i) + OFFSET) - 1;
    }
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

  /**
   * Works out where the search for each key begins, and has all of that come from memory: reads
   * that do not depend on each other do not wait for each other.
   */
  private void approach(KeyBlock block) {
    long sum = 0;
    for (int i = 0; i < block.size(); i++) {
      long at = Math.multiplyHigh(block.high[i] >>> 1, slots << 1) * ENTRY_SIZE;
      block.position[i] = at;
      sum += memory.get(LONG, at + HASH_HIGH) + memory.get(LONG, at + OFFSET);
    }
    approached = sum;
  }

  /** Position of the slot that holds the hash of a record's key, or would. */
  private long find(KeyBlock block, int i) {
    long high = block.high[i];
    long low = block.low[i];
    long at = block.position[i];
    while (memory.get(LONG, at + OFFSET) != 0
        && (memory.get(LONG, at + HASH_HIGH) != high || memory.get(LONG, at + HASH_LOW) != low)) {
      at += ENTRY_SIZE;
      if (at == end) {
        at = 0;
      }
    }
    return at;
  }

  @Override
  public void close() {
    arena.close();
  }
}
