package io.ottla.log;

import io.ottla.wire.ErrorCode;
import io.ottla.wire.TopicPartition;
import io.ottla.wire.record.DecompressionLimits;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/**
 * What a log was at one moment: its segments and its offsets, of which always {@code log start <=
 * last stable <= high watermark <= log end} and {@code recovery point <= log end}. Immutable, for
 * any thread; made by the log's owner.
 *
 * <p>Reads touch files and may block if pages are not in memory.
 */
public final class LogView {

  private final PartitionLog log;
  private final SegmentList segments;
  private final int activeSize;
  private final int highWatermarkPosition;
  private final LeaderEpochs leaderEpochs;
  private final long logStartOffset;
  private final long lastStableOffset;
  private final long highWatermark;
  private final long logEndOffset;
  private final long recoveryPoint;
  private final LogCuts cuts;
  private final long unforcedBytes;
  private final long unforcedSinceMs;
  private final long recentFrom;
  private final long lastAppendMs;

  /**
   * @param activeSize bytes of the active segment that are part of the log
   * @param highWatermarkPosition where the high watermark lies in the active segment; -1 if it lies
   *     elsewhere, or nobody looked
   */
  LogView(
      PartitionLog log,
      SegmentList segments,
      int activeSize,
      int highWatermarkPosition,
      LeaderEpochs leaderEpochs,
      LogOffsets offsets,
      LogCuts cuts) {
    this.log = log;
    this.segments = segments;
    this.activeSize = activeSize;
    this.highWatermarkPosition = highWatermarkPosition;
    this.leaderEpochs = leaderEpochs;
    this.logStartOffset = offsets.logStart();
    this.lastStableOffset = offsets.lastStable();
    this.highWatermark = offsets.highWatermark();
    this.logEndOffset = offsets.logEnd();
    this.recoveryPoint = offsets.recoveryPoint();
    this.cuts = cuts;
    AppendTrack appends = offsets.appends();
    this.unforcedBytes = appends.unforcedBytes();
    this.unforcedSinceMs = appends.unforcedSinceMs();
    this.recentFrom = appends.recentFrom();
    this.lastAppendMs = appends.lastMs();
  }

  public TopicPartition topicPartition() {
    return log.topicPartition();
  }

  /** First offset one may read. */
  public long logStartOffset() {
    return logStartOffset;
  }

  /** First offset a read_committed consumer may not read yet. */
  public long lastStableOffset() {
    return lastStableOffset;
  }

  /** First offset a consumer may not read yet. */
  public long highWatermark() {
    return highWatermark;
  }

  /** Offset of the next record. */
  public long logEndOffset() {
    return logEndOffset;
  }

  /** First offset that may not be on the disk. */
  public long recoveryPoint() {
    return recoveryPoint;
  }

  /**
   * Bytes appended since the log was opened that may not be on the disk; those that were cut off
   * count until the next force.
   */
  public long unforcedBytes() {
    return unforcedBytes;
  }

  /** When the first of them was appended, in milliseconds since 1970; the largest if none was. */
  public long unforcedSinceMs() {
    return unforcedSinceMs;
  }

  /**
   * Whether a read would touch bytes, or indexes, of which one cannot assume that they are in
   * memory: neither appended lately nor close to the end. Touches no file.
   *
   * @param fromOffset where it begins
   * @param upToOffset see {@link #read}
   */
  public boolean isCold(long fromOffset, long upToOffset, long nowMs) {
    return fromOffset >= logStartOffset
        && fromOffset < Math.min(upToOffset, logEndOffset)
        && (fromOffset < recentFrom || nowMs - lastAppendMs > AppendTrack.RECENT_MS);
  }

  /** How often the log was cut at its end; tells whether forced offsets are still true. */
  int truncations() {
    return cuts.count();
  }

  LogCuts cuts() {
    return cuts;
  }

  /** The latest leader epoch that has records, -1 if none has. */
  public int leaderEpoch() {
    return leaderEpochs.latest();
  }

  public LeaderEpochs leaderEpochs() {
    return leaderEpochs;
  }

  public EpochEndOffset endOffsetForEpoch(int leaderEpoch) {
    return leaderEpochs.endOffset(leaderEpoch, logEndOffset);
  }

  /** Of which log, at that moment. */
  PartitionLog log() {
    return log;
  }

  /** Bytes of all segments. */
  public long sizeInBytes() {
    long size = activeSize;
    for (int i = 0; i < segments.size() - 1; i++) {
      size += segments.get(i).sizeInBytes();
    }
    return size;
  }

  public int segmentCount() {
    return segments.size();
  }

  SegmentList segments() {
    return segments;
  }

  /** Bytes of a segment that are part of the log. */
  int sizeInBytes(int segment) {
    return segment == segments.size() - 1 ? activeSize : segments.get(segment).sizeInBytes();
  }

  /**
   * Finds batches, from the one that holds an offset on, within one segment.
   *
   * @param fromOffset the offset wanted
   * @param maxBytes the most bytes wanted; the last batch may be cut off by it
   * @param atLeastOneBatch give the first batch whole even if it is larger than that; else, nothing
   *     if it is
   * @param upToOffset batches from here on are not given: the high watermark, the last stable
   *     offset or the log's end
   * @return what was found, to be released; empty if there is nothing between the two offsets
   * @throws LogException OFFSET_OUT_OF_RANGE if the log does not reach to fromOffset on either
   *     side; KAFKA_STORAGE_ERROR if the disk fails
   */
  public LogSlice read(long fromOffset, int maxBytes, boolean atLeastOneBatch, long upToOffset) {
    if (fromOffset < logStartOffset || fromOffset > logEndOffset) {
      throw new LogException(
          ErrorCode.OFFSET_OUT_OF_RANGE,
          topicPartition()
              + ": offset "
              + fromOffset
              + " is not in the log, which has "
              + logStartOffset
              + " to "
              + logEndOffset);
    }
    long end = Math.min(upToOffset, logEndOffset);
    if (fromOffset >= end || (maxBytes <= 0 && !atLeastOneBatch)) {
      return LogSlice.EMPTY;
    }
    for (int i = Math.max(0, segments.floor(fromOffset)); i < segments.size(); i++) {
      Segment segment = segments.get(i);
      if (segment.baseOffset() >= end) {
        break;
      }
      if (!segment.tryRetain()) {
        return log.newerThan(this).read(fromOffset, maxBytes, atLeastOneBatch, upToOffset);
      }
      LogSlice slice = null;
      try {
        slice = read(i, segment, fromOffset, maxBytes, atLeastOneBatch, end);
        if (slice != null) {
          return slice;
        }
      } catch (IOException e) {
        LogView successor = log.successorView();
        if (successor != null) {
          return successor.read(fromOffset, maxBytes, atLeastOneBatch, upToOffset);
        }
        throw LogException.storage("reading offset " + fromOffset + " of " + segment, e);
      } finally {
        if (slice == null || slice.isEmpty()) {
          segment.release();
        }
      }
    }
    return LogSlice.EMPTY;
  }

  /** As above, in one segment; null if the offset lies behind all of its batches. */
  private LogSlice read(
      int index, Segment segment, long fromOffset, int maxBytes, boolean atLeastOne, long end)
      throws IOException {
    int limit = sizeInBytes(index);
    BatchCursor cursor = BatchCursor.ofThread();
    if (!segment.search(fromOffset, limit, cursor)) {
      return null;
    }
    int position = cursor.position();
    long baseOffset = cursor.header().baseOffset();
    int firstSize = cursor.header().sizeInBytes();
    boolean active = index == segments.size() - 1;
    long next = active ? logEndOffset : segments.get(index + 1).baseOffset();
    if (cursor.header().lastOffset() >= next) {
      throw new IOException(
          segment
              + " is damaged: offset "
              + cursor.header().lastOffset()
              + " stands in it, but the next segment begins at "
              + next);
    }
    if (baseOffset >= end) {
      return LogSlice.EMPTY;
    }
    int size = endPosition(index, segment, limit, end) - position;
    if (size > maxBytes) {
      if (firstSize > maxBytes) {
        size = atLeastOne ? firstSize : 0;
      } else {
        size = maxBytes;
      }
    }
    if (size <= 0) {
      return LogSlice.EMPTY;
    }
    segment.file().hold();
    return new LogSlice(segment, position, size, limit, baseOffset);
  }

  /** Where in a segment the first batch starts that is not below an offset, or the limit. */
  private int endPosition(int index, Segment segment, int limit, long end) throws IOException {
    boolean active = index == segments.size() - 1;
    if (active ? end == logEndOffset : end >= segments.get(index + 1).baseOffset()) {
      return limit;
    }
    if (active && end == highWatermark && highWatermarkPosition >= 0) {
      return highWatermarkPosition;
    }
    int position = segment.search(end, limit);
    return position < 0 ? limit : position;
  }

  /**
   * The aborted transactions of which records lie between two offsets, for a read_committed
   * consumer (KIP-98), by first offset.
   */
  public List<AbortedTransaction> abortedTransactions(long fromOffset, long upToOffset) {
    List<AbortedTransaction> found = new ArrayList<>();
    for (int i = Math.max(0, segments.floor(fromOffset)); i < segments.size(); i++) {
      Segment segment = segments.get(i);
      if (segment.transactionIndex().minFirstOffset() >= upToOffset) {
        continue; // None, or all begin behind the range.
      }
      if (!segment.tryRetain()) {
        return log.newerThan(this).abortedTransactions(fromOffset, upToOffset);
      }
      try {
        for (AbortedTransaction transaction : segment.transactionIndex().all()) {
          if (transaction.lastOffset() >= fromOffset && transaction.firstOffset() < upToOffset) {
            found.add(transaction);
          }
        }
      } catch (IOException e) {
        LogView successor = log.successorView();
        if (successor != null) {
          return successor.abortedTransactions(fromOffset, upToOffset);
        }
        throw LogException.storage("reading the transaction index of " + segment, e);
      } finally {
        segment.release();
      }
    }
    return found;
  }

  /**
   * The first record that is not older than a timestamp (ListOffsets). Reads and decompresses
   * batches: neither for a shard nor for an event loop.
   *
   * @param upToOffset records from here on do not count
   * @return null if there is none
   * @throws LogException KAFKA_STORAGE_ERROR if the disk fails
   * @throws io.ottla.wire.record.InvalidRecordException if a batch is damaged
   */
  public TimestampOffset offsetForTimestamp(
      long timestamp, long upToOffset, DecompressionLimits limits) {
    for (int i = 0; i < segments.size(); i++) {
      Segment segment = segments.get(i);
      if (!segment.tryRetain()) {
        return log.newerThan(this).offsetForTimestamp(timestamp, upToOffset, limits);
      }
      try {
        if (segment.maxTimestamp() >= timestamp) {
          TimestampOffset found =
              TimestampSearch.find(segment, sizeInBytes(i), timestamp, logStartOffset, limits);
          if (found != null) {
            return found.offset() < upToOffset ? found : null;
          }
        }
      } catch (IOException e) {
        LogView successor = log.successorView();
        if (successor != null) {
          return successor.offsetForTimestamp(timestamp, upToOffset, limits);
        }
        throw LogException.storage("looking for a timestamp in " + segment, e);
      } finally {
        segment.release();
      }
    }
    return null;
  }

  /**
   * The first record with the largest timestamp (KIP-734). As above.
   *
   * @return null if no record below upToOffset has one
   */
  public TimestampOffset maxTimestampOffset(long upToOffset, DecompressionLimits limits) {
    int youngest = -1;
    long largest = -1L;
    try {
      for (int i = 0; i < segments.size(); i++) {
        long timestamp = maxTimestamp(i);
        if (timestamp > largest) {
          largest = timestamp;
          youngest = i;
        }
      }
      if (youngest < 0) {
        return null;
      }
      Segment segment = segments.get(youngest);
      if (!segment.tryRetain()) {
        return log.newerThan(this).maxTimestampOffset(upToOffset, limits);
      }
      try {
        TimestampOffset found =
            TimestampSearch.findMax(
                segment, sizeInBytes(youngest), segment.maxTimestampOffset(), limits);
        return found == null || found.offset() >= upToOffset ? null : found;
      } finally {
        segment.release();
      }
    } catch (IOException e) {
      LogView successor = log.successorView();
      if (successor != null) {
        return successor.maxTimestampOffset(upToOffset, limits);
      }
      throw LogException.storage("looking for the largest timestamp of " + topicPartition(), e);
    }
  }

  /**
   * Reads how old the oldest segments are, up to the first that is not older than a timestamp, so
   * that the log's owner finds that in memory ({@link PartitionLog#deleteRetired}). Blocks.
   *
   * @throws LogException KAFKA_STORAGE_ERROR if the disk fails
   */
  public void readAges(long timestampMs) {
    try {
      for (int i = 0; i < segments.size() - 1; i++) {
        if (maxTimestamp(i) >= timestampMs) {
          return;
        }
      }
    } catch (IOException e) {
      throw LogException.storage("reading how old segments of " + topicPartition() + " are", e);
    }
  }

  private long maxTimestamp(int index) throws IOException {
    Segment segment = segments.get(index);
    if (!segment.tryRetain()) {
      return -1L; // Gone meanwhile, with its records.
    }
    try {
      return segment.maxTimestamp();
    } finally {
      segment.release();
    }
  }
}
