package io.ottla.log;

import io.netty.buffer.ByteBuf;
import io.ottla.wire.record.RecordBatch;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The segments of one log and what is done to their files. Owned by the log's owner; the {@link
 * SegmentList} of a moment may be handed to anybody. Knows nothing of offsets beyond those in the
 * files.
 *
 * <p>Segments taken out of the log are returned: the caller releases them once nobody can find them
 * any more.
 */
final class LogSegments {

  private static final Logger LOG = LoggerFactory.getLogger(LogSegments.class);

  private final LogFileSystem fs;
  private final Path directory;
  private final PendingDeletions deletions;
  private final RecordBatch batch = new RecordBatch();
  private final RecentPositions recent = new RecentPositions();

  private SegmentList list;
  private Segment active;

  LogSegments(LogFileSystem fs, Path directory, PendingDeletions deletions, SegmentList list) {
    this.fs = fs;
    this.directory = directory;
    this.deletions = deletions;
    replace(list);
  }

  SegmentList list() {
    return list;
  }

  Segment active() {
    return active;
  }

  /** Where an offset lies in the active segment; -1 if it is not among the last ones. */
  int recentPosition(long offset) {
    return offset <= active.baseOffset() ? -1 : recent.position(offset);
  }

  private void replace(SegmentList next) {
    list = next;
    active = next.active();
    recent.clear();
  }

  /** Whether the batch at an index of the buffer has to go to a new segment. */
  boolean needsRoll(ByteBuf batches, int at, LogConfig config, long nowMs) throws IOException {
    batch.wrap(batches, at);
    return active.isFullFor(
        batch.sizeInBytes(), batch.lastOffset(), batch.maxTimestamp(), config, nowMs);
  }

  /** Where the batches end that go into the active segment with the first one: normally all. */
  int endOfRun(ByteBuf batches, int from, int end, LogConfig config, long nowMs)
      throws IOException {
    int to = from + batch.wrap(batches, from).sizeInBytes();
    while (to < end) {
      batch.wrap(batches, to);
      int size = to - from + batch.sizeInBytes();
      if (active.isFullFor(size, batch.lastOffset(), batch.maxTimestamp(), config, nowMs)) {
        break;
      }
      to = from + size;
    }
    return to;
  }

  /**
   * Appends batches to the active segment with one write.
   *
   * @throws IOException if the disk refuses; then nothing was appended
   */
  void append(ByteBuf batches, int from, int to, LogConfig config) throws IOException {
    int position = active.sizeInBytes();
    active.append(batches, from, to - from);
    try {
      for (int at = from, end = position; at < to; at += batch.sizeInBytes()) {
        batch.wrap(batches, at);
        active.onAppended(batch, end, config.indexIntervalBytes());
        end += batch.sizeInBytes();
        recent.add(batch.nextOffset(), end);
      }
    } catch (IOException e) {
      takeBack(position, batch.wrap(batches, from).baseOffset(), e);
      throw e;
    }
  }

  /** Takes back what was appended from a position of the active segment on. */
  void takeBack(int position, long fromOffset, IOException cause) {
    recent.clear();
    active.takeBack(position, fromOffset, cause);
  }

  /**
   * Goes on in a new segment.
   *
   * @throws IOException if the disk refuses; then the old one stays, broken if it was closed
   *     already
   */
  void roll(long baseOffset, LogConfig config, long nowMs) throws IOException {
    Segment next = Segment.create(fs, directory, baseOffset, config, nowMs);
    try {
      active.seal();
    } catch (IOException e) {
      next.release();
      throw e;
    }
    replace(list.with(next));
  }

  /**
   * Cuts at an offset, which lies in one of the segments: the batch that holds it goes, and all
   * behind.
   *
   * @param gone takes the segments that were taken out
   * @return the offset after the last batch left
   */
  long cut(long offset, LogConfig config, List<Segment> gone) throws IOException {
    int keep = list.floor(offset) + 1;
    for (int i = list.size() - 1; i >= keep; i--) {
      takeAway(list.get(i), Long.MIN_VALUE);
      gone.add(list.get(i));
    }
    Segment last = list.get(keep - 1);
    LogTruncation.Cut cut = LogTruncation.cut(fs, directory, last, offset, config);
    if (last.isShared()) {
      gone.add(last);
    }
    replace(list.endingWith(keep, cut.segment()));
    return cut.endOffset();
  }

  /** Takes out all segments; there is one that starts at an offset then. */
  List<Segment> startAnew(long offset, LogConfig config, long nowMs) throws IOException {
    List<Segment> gone = new ArrayList<>(list.size());
    for (int i = list.size() - 1; i >= 0; i--) {
      takeAway(list.get(i), Long.MIN_VALUE);
      gone.add(list.get(i));
    }
    replace(new SegmentList(List.of(Segment.create(fs, directory, offset, config, nowMs))));
    return gone;
  }

  /** Takes out the first segments, not the active one. Their files are still there. */
  List<Segment> removeFirst(int count) {
    List<Segment> gone = new ArrayList<>(count);
    for (int i = 0; i < count; i++) {
      gone.add(list.get(i));
    }
    list = list.withoutFirst(count);
    return gone;
  }

  /** Whether segments lie in the log one after the other, none of them active. */
  boolean contains(List<Segment> group) {
    int first = list.indexOf(group.getFirst());
    for (int i = 0; i < group.size(); i++) {
      if (first < 0 || first + i >= list.size() - 1 || list.get(first + i) != group.get(i)) {
        return false;
      }
    }
    return true;
  }

  /**
   * Puts what compaction left of segments in their place. Killed in between, recovery has either
   * the old ones or the new one: names change on the disk in the order in which they change here.
   *
   * @param group what {@link #contains} says is there
   * @param cleaned on the disk
   * @param dueMs when the old files are deleted
   * @throws IOException if the disk refuses; then the files are in pieces until the log is opened
   */
  void replace(List<Segment> group, CleanedSegment cleaned, long dueMs, long nowMs)
      throws IOException {
    cleaned.rename(SegmentFiles.CLEANED, SegmentFiles.SWAP);
    for (Segment segment : group.reversed()) {
      takeAway(segment, dueMs);
    }
    cleaned.rename(SegmentFiles.SWAP, "");
    Segment next = Segment.open(fs, directory, cleaned.baseOffset(), nowMs);
    list = list.replacing(list.indexOf(group.getFirst()), group.size(), next);
  }

  /** Renames a segment's files, to be deleted when their time comes. */
  void takeAway(Segment segment, long dueMs) throws IOException {
    segment.keepOpen();
    for (String suffix : SegmentFiles.OF_SEGMENT) {
      Path file = segment.path(suffix);
      if (fs.exists(file)) {
        Path to = file.resolveSibling(file.getFileName() + SegmentFiles.DELETED);
        fs.rename(file, to);
        deletions.add(to, dueMs);
      }
    }
    LOG.info("{} was taken out of the log", segment);
  }

  /** Closes the active segment for good and puts all that reach a recovery point on the disk. */
  void sealAndForce(long recoveryPoint) throws IOException {
    active.seal();
    for (int i = 0; i < list.size(); i++) {
      if (i == list.size() - 1 || list.get(i + 1).baseOffset() >= recoveryPoint) {
        list.get(i).force(false);
      }
    }
  }

  void release() {
    for (int i = 0; i < list.size(); i++) {
      if (list.get(i).isShared()) { // All of them, unless cutting the log failed.
        list.get(i).release();
      }
    }
  }
}
