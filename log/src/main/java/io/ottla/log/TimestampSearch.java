package io.ottla.log;

import io.ottla.wire.record.DecompressionLimits;
import io.ottla.wire.record.RecordBatch;
import io.ottla.wire.record.RecordReader;
import java.io.IOException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Finds records by time, for ListOffsets. Reads batches and decompresses them: neither for a shard
 * nor for an event loop.
 */
final class TimestampSearch {

  private static final Logger LOG = LoggerFactory.getLogger(TimestampSearch.class);

  private static final int CHUNK_BYTES = 64 << 10;

  private TimestampSearch() {}

  /**
   * The first record of a segment that is not older than a timestamp, nor before an offset.
   *
   * @param limit bytes of the segment that may be read
   * @return null if there is none
   */
  static TimestampOffset find(
      Segment segment, int limit, long timestamp, long fromOffset, DecompressionLimits limits)
      throws IOException {
    BatchCursor cursor = new BatchCursor(CHUNK_BYTES);
    long from = Math.max(indexed(segment, limit, timestamp, cursor), fromOffset);
    boolean found = segment.search(from, limit, cursor);
    try (RecordReader records = new RecordReader()) {
      for (; found; found = cursor.next()) {
        if (cursor.header().maxTimestamp() < timestamp) {
          continue;
        }
        RecordBatch batch = cursor.whole();
        records.open(batch, limits);
        while (records.next()) {
          if (records.timestamp() >= timestamp && records.offset() >= fromOffset) {
            return new TimestampOffset(
                records.timestamp(), records.offset(), batch.partitionLeaderEpoch());
          }
        }
      }
    }
    return null;
  }

  /** The offset before which nothing is as young as a timestamp, as far as the index knows. */
  private static long indexed(Segment segment, int limit, long timestamp, BatchCursor cursor)
      throws IOException {
    try {
      TimeIndex index = segment.timeIndex();
      int entry = index.before(timestamp);
      return entry >= 0 && isTrue(segment, limit, index, entry, cursor) ? index.offset(entry) : -1;
    } catch (InternalError e) { // A page of the mapped index could not be read.
      throw segment.unreadable(SegmentFiles.TIME_INDEX, e);
    }
  }

  /**
   * Whether the batch that an entry of the time index names has the timestamp it says. The index
   * has no checksum; an entry that lies would hide records.
   */
  static boolean isTrue(Segment segment, int limit, TimeIndex index, int entry, BatchCursor cursor)
      throws IOException {
    boolean isTrue =
        segment.search(index.offset(entry), limit, cursor)
            && cursor.header().baseOffset() <= index.offset(entry)
            && cursor.header().maxTimestamp() == index.timestamp(entry)
            && (entry == 0 || index.timestamp(entry - 1) < index.timestamp(entry));
    if (!isTrue) {
      LOG.warn("{} seems to be wrong, searching without", segment.path(SegmentFiles.TIME_INDEX));
    }
    return isTrue;
  }

  /**
   * The first record with the largest timestamp in the batch that holds an offset.
   *
   * @return null if there is no such batch, or it has no timestamps
   */
  static TimestampOffset findMax(
      Segment segment, int limit, long offset, DecompressionLimits limits) throws IOException {
    BatchCursor cursor = new BatchCursor(CHUNK_BYTES);
    if (!segment.search(offset, limit, cursor)) {
      return null;
    }
    RecordBatch batch = cursor.whole();
    try (RecordReader records = new RecordReader()) {
      records.open(batch, limits);
      while (records.next()) {
        if (records.timestamp() == batch.maxTimestamp()) {
          return new TimestampOffset(
              records.timestamp(), records.offset(), batch.partitionLeaderEpoch());
        }
      }
    }
    return null;
  }
}
