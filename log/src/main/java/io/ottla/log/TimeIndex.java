package io.ottla.log;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.nio.file.Path;

/**
 * From time to offset: each entry says that no record up to an offset is younger than a timestamp.
 *
 * <pre>
 *  0                          8                 12
 *  +--------------------------+-----------------+
 *  | largest timestamp so far | last offset of  |    big-endian; both rise
 *  |                          | its batch,      |
 *  |                          | relative        |
 *  +--------------------------+-----------------+
 * </pre>
 *
 * <p>One entry is kept free for the last one, written when the segment is closed: it is the
 * segment's largest timestamp, and decides when retention deletes it.
 *
 * <p>Appended to by the log's owner; looked up from any thread that holds the segment.
 */
final class TimeIndex {

  static final int ENTRY_SIZE = 12;

  private static final ValueLayout.OfLong LONG =
      ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);
  private static final ValueLayout.OfInt INT =
      ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);
  private static final long OFFSET = 8;

  private final MappedIndex index;
  private final long baseOffset;

  private TimeIndex(MappedIndex index, long baseOffset) {
    this.index = index;
    this.baseOffset = baseOffset;
  }

  static TimeIndex forAppend(LogFileSystem fs, Path path, long baseOffset, int maxBytes)
      throws IOException {
    return new TimeIndex(MappedIndex.forAppend(fs, path, ENTRY_SIZE, maxBytes), baseOffset);
  }

  static TimeIndex forRead(LogFileSystem fs, Path path, long baseOffset) throws IOException {
    return new TimeIndex(MappedIndex.forRead(fs, path, ENTRY_SIZE), baseOffset);
  }

  int entries() {
    return index.entries();
  }

  /** Whether there is no room but for the last entry. */
  boolean isFull() {
    return index.entries() >= index.maxEntries() - 1;
  }

  /** Adds an entry if it says something new and there is room. Owner only. */
  void append(long timestamp, long lastOffset) throws IOException {
    int entry = index.entries();
    if (entry >= index.maxEntries() || timestamp < 0) {
      return;
    }
    if (entry > 0 && (timestamp <= timestamp(entry - 1) || lastOffset <= offset(entry - 1))) {
      return;
    }
    MemorySegment memory = index.memory();
    try {
      memory.set(LONG, index.at(entry), timestamp);
      memory.set(INT, index.at(entry) + OFFSET, Math.toIntExact(lastOffset - baseOffset));
    } catch (InternalError e) {
      throw new IOException("cannot write " + index.path() + ", is the disk full?", e);
    }
    index.entries(entry + 1);
  }

  /** The last entry before a timestamp, -1 if there is none. */
  int before(long timestamp) {
    int low = 0;
    int high = index.entries() - 1;
    while (low <= high) {
      int middle = (low + high) >>> 1;
      if (timestamp(middle) < timestamp) {
        low = middle + 1;
      } else {
        high = middle - 1;
      }
    }
    return high;
  }

  /** Drops entries at or behind an offset. Owner only, nobody reads. */
  void truncateTo(long offset) {
    int entries = index.entries();
    while (entries > 0 && offset(entries - 1) >= offset) {
      entries--;
    }
    index.entries(entries);
  }

  void clear() {
    index.entries(0);
  }

  long timestamp(int entry) {
    return index.memory().get(LONG, index.at(entry));
  }

  long offset(int entry) {
    return baseOffset + index.memory().get(INT, index.at(entry) + OFFSET);
  }

  /** Largest timestamp entered, -1 if none. */
  long lastTimestamp() {
    int entries = index.entries();
    return entries == 0 ? -1L : timestamp(entries - 1);
  }

  /** Offset of the last entry, the base offset if none. */
  long lastOffset() {
    int entries = index.entries();
    return entries == 0 ? baseOffset : offset(entries - 1);
  }

  /** Whether first and last entry are in order. */
  boolean fits() {
    int last = index.entries() - 1;
    return last < 0
        || (timestamp(last) >= 0
            && timestamp(last) >= timestamp(0)
            && offset(last) >= offset(0)
            && offset(0) >= baseOffset
            && (last == 0 || timestamp(last) > timestamp(last - 1)));
  }

  /** Whether all entries rise. */
  boolean isOrdered() {
    for (int i = 1; i < index.entries(); i++) {
      if (timestamp(i) <= timestamp(i - 1) || offset(i) <= offset(i - 1)) {
        return false;
      }
    }
    return true;
  }

  void trim() throws IOException {
    index.trim();
  }

  void force() throws IOException {
    index.force();
  }

  long sizeInBytes() {
    return index.at(index.entries());
  }

  void close() {
    index.close();
  }
}
