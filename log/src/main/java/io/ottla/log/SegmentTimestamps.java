package io.ottla.log;

import java.io.IOException;

/**
 * What is kept in memory about the times in a segment: read from its files when first asked for,
 * and kept up to date while it grows. Changed by the log's owner; the largest timestamp may be
 * asked for by any thread that holds the segment.
 */
final class SegmentTimestamps {

  private static final long UNKNOWN = Long.MIN_VALUE;

  private static final int SCAN_BYTES = 64 << 10;

  private final long baseOffset;
  private volatile long max = UNKNOWN;
  private volatile long maxOffset;
  private long first = UNKNOWN;

  SegmentTimestamps(long baseOffset) {
    this.baseOffset = baseOffset;
  }

  /** There is no batch. */
  void clear() {
    first = UNKNOWN;
    max(-1L, baseOffset);
  }

  /** Starts from an entry of the time index; batches behind it are still to come. */
  void restart(long timestamp, long offset) {
    first = UNKNOWN;
    max(timestamp, offset);
  }

  /** Takes note of a batch just appended. */
  void onAppended(long timestamp, long lastOffset) {
    if (first == UNKNOWN) {
      first = timestamp;
    }
    onBatch(timestamp, lastOffset);
  }

  /** Takes note of a batch that was there; not of the first one. */
  void onBatch(long timestamp, long lastOffset) {
    if (timestamp > max) {
      max(timestamp, lastOffset);
    }
  }

  /** Largest timestamp of the batches taken note of, -1 if none has one. Owner only. */
  long max() {
    return max;
  }

  /** Last offset of the batch with the largest timestamp. Owner only. */
  long maxOffset() {
    return maxOffset;
  }

  /** Largest timestamp of a batch, -1 if none has one. */
  long max(Segment segment) throws IOException {
    if (max == UNKNOWN) {
      read(segment);
    }
    return max;
  }

  /** From the time index, if its last entry speaks of a batch that is there; else from all. */
  private synchronized void read(Segment segment) throws IOException {
    TimeIndex index = segment.timeIndex();
    int size = segment.sizeInBytes();
    int last = index.entries() - 1;
    BatchCursor cursor = new BatchCursor(SCAN_BYTES);
    if (last >= 0 && TimestampSearch.isTrue(segment, size, index, last, cursor)) {
      max(index.timestamp(last), index.offset(last));
      return;
    }
    long timestamp = -1L;
    long offset = baseOffset;
    cursor.start(segment.file(), 0, size);
    while (cursor.next()) {
      if (cursor.header().maxTimestamp() > timestamp) {
        timestamp = cursor.header().maxTimestamp();
        offset = cursor.header().lastOffset();
      }
    }
    max(timestamp, offset);
  }

  /** Last offset of the batch with the largest timestamp; the base offset if there is none. */
  long maxOffset(Segment segment) throws IOException {
    return max(segment) < 0 ? baseOffset : maxOffset;
  }

  /** Timestamp of the first batch, -1 if it has none. Owner only. */
  long first(Segment segment) throws IOException {
    if (first == UNKNOWN) {
      BatchCursor cursor = BatchCursor.ofThread().start(segment.file(), 0, segment.sizeInBytes());
      first = cursor.next() ? cursor.header().maxTimestamp() : -1L;
    }
    return first;
  }

  private void max(long timestamp, long offset) {
    maxOffset = offset;
    max = timestamp;
  }
}
