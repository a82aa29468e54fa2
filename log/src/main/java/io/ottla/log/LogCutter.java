package io.ottla.log;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/**
 * Takes records out of a log, at its end or at its start, and lets everything else know. The log's
 * owner only. Segments taken out are returned, to be released after nobody can find them any more.
 */
final class LogCutter {

  private final LogParts log;

  LogCutter(LogParts log) {
    this.log = log;
  }

  /** Cuts before the batch that holds an offset, which lies in one of the segments. */
  List<Segment> cutAt(long offset, LogConfig config) throws IOException {
    List<Segment> gone = new ArrayList<>();
    long endOffset = log.segments().cut(offset, config, gone);
    log.leaderEpochs().truncateFromEnd(endOffset);
    log.snapshots().deleteAbove(endOffset);
    long known = log.snapshots().load(log.producers(), endOffset, 0L, Long.MAX_VALUE);
    ProducerReplay.replay(log.segments().list(), Math.max(known, 0), endOffset, log.producers());
    log.offsets().truncate(endOffset);
    log.producers().onHighWatermark(log.offsets().highWatermark());
    log.settleStable();
    return gone;
  }

  /** Takes everything out; the log goes on, empty, at an offset. */
  List<Segment> startAnew(long offset, LogConfig config) throws IOException {
    List<Segment> gone = log.segments().startAnew(offset, config, 0L);
    log.leaderEpochs().clear();
    log.snapshots().deleteAbove(-1L);
    log.producers().startAnew(offset);
    log.offsets().startAnew(offset);
    return gone;
  }

  /** Takes out the first segments, not the active one; the log starts behind them. */
  List<Segment> retire(int count) throws IOException {
    List<Segment> gone = log.segments().removeFirst(count);
    advanceStart(log.segments().list().first().baseOffset());
    return gone;
  }

  /** Has the files of retired segments deleted at a time, and releases them. */
  void discard(List<Segment> retired, long dueMs) throws IOException {
    for (Segment segment : retired) {
      log.segments().takeAway(segment, dueMs);
      // Not before: killed half-way, the segment is still there, its indexes may be built anew, and
      // what they say of transactions that began before it comes from the snapshot.
      log.snapshots().delete(segment.baseOffset());
      segment.release();
    }
  }

  /** Puts what compaction left of segments in their place; releases nothing. */
  void replace(List<Segment> group, CleanedSegment cleaned, long dueMs, long nowMs)
      throws IOException {
    log.segments().replace(group, cleaned, dueMs, nowMs);
    for (Segment segment : group.subList(1, group.size())) {
      log.snapshots().delete(segment.baseOffset());
    }
  }

  /** Lets the log start at an offset, if that is later than it does. */
  void advanceStart(long offset) {
    if (offset > log.offsets().logStart()) {
      log.leaderEpochs().truncateFromStart(offset);
      log.offsets().advanceStart(offset);
    }
  }
}
