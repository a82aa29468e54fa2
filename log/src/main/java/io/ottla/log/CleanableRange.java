package io.ottla.log;

import io.ottla.log.cleaner.CompactionConfig;
import java.io.IOException;

/**
 * What compaction could do to a log. Immutable; worked out from a view, on any thread that may
 * block.
 *
 * @param view the log as it was looked at
 * @param firstDirty records before it were compacted already
 * @param end no record from here on may be touched: start of a segment
 * @param cleanBytes size of the segments that were compacted
 * @param dirtyBytes size of those that would be; 0 if there is nothing to do
 * @param overdueMs for how long records have been older than max.compaction.lag.ms, 0 if none is
 */
public record CleanableRange(
    LogView view, long firstDirty, long end, long cleanBytes, long dirtyBytes, long overdueMs) {

  /**
   * Looks at a log: neither the active segment can be compacted, nor what is not stable, nor what
   * may not be on the disk, nor what is younger than min.compaction.lag.ms.
   *
   * @param cleanedTo where the last cleaning ended, -1 if there was none
   */
  public static CleanableRange of(LogView view, long cleanedTo, CompactionConfig config, long nowMs)
      throws IOException {
    boolean known = cleanedTo >= view.logStartOffset() && cleanedTo <= view.logEndOffset();
    long firstDirty = known ? cleanedTo : view.logStartOffset();
    SegmentList segments = view.segments();
    long limit = Math.min(view.lastStableOffset(), view.recoveryPoint());
    int endIndex = Math.max(0, segments.floor(limit));
    if (config.minLagMs() > 0) {
      endIndex = Math.min(endIndex, firstYoung(segments, firstDirty, nowMs - config.minLagMs()));
    }
    long end = segments.get(endIndex).baseOffset();
    long clean = 0;
    long dirty = 0;
    for (int i = 0; i < endIndex; i++) {
      Segment segment = segments.get(i);
      clean += segment.baseOffset() < firstDirty ? segment.sizeInBytes() : 0;
      dirty += segments.get(i + 1).baseOffset() > firstDirty ? segment.sizeInBytes() : 0;
    }
    return new CleanableRange(
        view,
        firstDirty,
        end,
        clean,
        dirty,
        dirty == 0 ? 0 : overdueMs(segments, firstDirty, nowMs, config));
  }

  /** Index of the first segment with a record younger than a time; else of the active one. */
  private static int firstYoung(SegmentList segments, long firstDirty, long timestamp)
      throws IOException {
    for (int i = Math.max(0, segments.floor(firstDirty)); i < segments.size() - 1; i++) {
      Segment segment = segments.get(i);
      if (!segment.tryRetain()) {
        return i; // Gone meanwhile.
      }
      try {
        if (segment.maxTimestamp() > timestamp) {
          return i;
        }
      } finally {
        segment.release();
      }
    }
    return segments.size() - 1;
  }

  private static long overdueMs(
      SegmentList segments, long firstDirty, long nowMs, CompactionConfig config)
      throws IOException {
    if (config.maxLagMs() >= nowMs) {
      return 0;
    }
    long earliest = Long.MAX_VALUE;
    for (int i = Math.max(0, segments.floor(firstDirty)); i < segments.size() - 1; i++) {
      Segment segment = segments.get(i);
      if (!segment.tryRetain()) {
        continue;
      }
      try {
        BatchCursor cursor = BatchCursor.ofThread().start(segment.file(), 0, segment.sizeInBytes());
        if (cursor.next() && cursor.header().maxTimestamp() > 0) {
          earliest = Math.min(earliest, cursor.header().maxTimestamp());
        }
      } finally {
        segment.release();
      }
    }
    long dueMs = nowMs - config.maxLagMs();
    return earliest < dueMs ? dueMs - earliest : 0;
  }

  /** Share of the log that was not compacted, 0 to 1. */
  public double dirtyRatio() {
    return dirtyBytes == 0 ? 0 : (double) dirtyBytes / (cleanBytes + dirtyBytes);
  }

  /** Whether it is worth it, or must be. */
  public boolean isDue(CompactionConfig config) {
    return dirtyBytes > 0 && (overdueMs > 0 || dirtyRatio() > config.minDirtyRatio());
  }
}
