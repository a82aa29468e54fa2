package io.ottla.log;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.nio.file.Path;

/**
 * Where batches lie in a segment's file: one entry for a batch every few kilobytes.
 *
 * <pre>
 *  0                 4                 8
 *  +-----------------+-----------------+
 *  | last offset of  | position of the |    big-endian; offsets count from the
 *  | batch, relative | batch's start   |    segment's base offset and rise
 *  +-----------------+-----------------+
 * </pre>
 *
 * <p>Appended to by the log's owner; looked up from any thread that holds the segment.
 */
final class OffsetIndex {

  static final int ENTRY_SIZE = 8;

  private static final ValueLayout.OfInt INT =
      ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);
  private static final long POSITION = 4;

  private final MappedIndex index;
  private final long baseOffset;

  private OffsetIndex(MappedIndex index, long baseOffset) {
    this.index = index;
    this.baseOffset = baseOffset;
  }

  static OffsetIndex forAppend(LogFileSystem fs, Path path, long baseOffset, int maxBytes)
      throws IOException {
    return new OffsetIndex(MappedIndex.forAppend(fs, path, ENTRY_SIZE, maxBytes), baseOffset);
  }

  static OffsetIndex forRead(LogFileSystem fs, Path path, long baseOffset) throws IOException {
    return new OffsetIndex(MappedIndex.forRead(fs, path, ENTRY_SIZE), baseOffset);
  }

  int entries() {
    return index.entries();
  }

  boolean isFull() {
    return index.entries() >= index.maxEntries();
  }

  /** Adds a batch. Owner only; the index is not full and the offset is above the last one. */
  void append(long lastOffset, int position) throws IOException {
    int entry = index.entries();
    assert entry < index.maxEntries() : "offset index is full";
    assert entry == 0 || lastOffset > offset(entry - 1)
        : "offset " + lastOffset + " does not rise above " + offset(entry - 1);
    MemorySegment memory = index.memory();
    try {
      memory.set(INT, index.at(entry), Math.toIntExact(lastOffset - baseOffset));
      memory.set(INT, index.at(entry) + POSITION, position);
    } catch (InternalError e) {
      throw new IOException("cannot write " + index.path() + ", is the disk full?", e);
    }
    index.entries(entry + 1);
  }

  /** Start of the last batch entered, 0 if there is none. */
  int lastPosition() {
    int entries = index.entries();
    return entries == 0 ? 0 : position(entries - 1);
  }

  /** Drops entries of batches that end at or behind an offset. Owner only, nobody reads. */
  void truncateTo(long offset) {
    index.entries(floor(offset - 1, index.entries()) + 1);
  }

  void clear() {
    index.entries(0);
  }

  long offset(int entry) {
    return baseOffset + index.memory().get(INT, index.at(entry));
  }

  int position(int entry) {
    return index.memory().get(INT, index.at(entry) + POSITION);
  }

  /** Whether the last entry can be of a segment of this size. */
  boolean fits(int segmentSize) {
    int last = index.entries() - 1;
    return last < 0
        || (offset(last) >= baseOffset
            && position(last) >= 0
            && position(last) < Math.max(segmentSize, 1)
            && (last == 0
                || (offset(last) > offset(last - 1) && position(last) > position(last - 1))));
  }

  /** Whether all entries rise, as the owner's binary searches and appends need it. */
  boolean isOrdered() {
    for (int i = 1; i < index.entries(); i++) {
      if (offset(i) <= offset(i - 1) || position(i) <= position(i - 1)) {
        return false;
      }
    }
    return true;
  }

  /** Last offset of the last batch entered, the base offset if there is none. */
  long lastOffset() {
    int entries = index.entries();
    return entries == 0 ? baseOffset : offset(entries - 1);
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

  /** Last entry whose offset is not above the one given; -1 if none. */
  int floor(long offset) {
    return floor(offset, index.entries());
  }

  private int floor(long offset, int entries) {
    int low = 0;
    int high = entries - 1;
    while (low <= high) {
      int middle = (low + high) >>> 1;
      if (offset(middle) <= offset) {
        low = middle + 1;
      } else {
        high = middle - 1;
      }
    }
    return high;
  }
}
