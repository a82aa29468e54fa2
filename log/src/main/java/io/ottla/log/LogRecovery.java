package io.ottla.log;

import io.ottla.wire.ErrorCode;
import io.ottla.wire.TopicPartition;
import io.ottla.wire.record.RecordBatch;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Turns a partition's directory into a log one can append to. Runs once per open, on a thread that
 * may block; doing it again changes nothing.
 *
 * <p>After a clean close the checkpoints are believed, and only what lies behind the last index
 * entry is read. After a crash, segments are read from the one that the recovery point lies in:
 *
 * <ul>
 *   <li>batches below the recovery point were forced. Their headers are followed; if that does not
 *       work, the disk has lost what it promised to keep, and the log is not opened.
 *   <li>batches above it must be whole: length, magic, rising offsets, checksum. At the first that
 *       is not, the log ends; what follows is cut off, with a warning that says how much.
 * </ul>
 *
 * Indexes, producer states and leader epochs of these segments are built anew on the way.
 */
final class LogRecovery {

  private static final Logger LOG = LoggerFactory.getLogger(LogRecovery.class);

  private static final int MIN_SCAN_BYTES = 4 << 10;
  private static final int MAX_SCAN_BYTES = 1 << 20;

  /** What recovery hands to the log. */
  record Result(
      SegmentList segments,
      long logStartOffset,
      long logEndOffset,
      LeaderEpochCache leaderEpochs,
      ProducerStates producers,
      ProducerSnapshots snapshots,
      RecoveryReport report) {}

  private final LogFileSystem fs;
  private final Path directory;
  private final TopicPartition partition;
  private final LogConfig config;
  private final Remembered remembered;
  private final long nowMs;
  private final int newestEpoch;

  private final ScanRules rules;

  private final List<Segment> segments = new ArrayList<>();
  private BatchCursor cursor;
  private final ProducerStates producers;
  private ProducerSnapshots snapshots;
  private LeaderEpochCache leaderEpochs;
  private boolean leaderEpochsLost;
  private boolean leaderEpochsWrong;
  private ScannedEpochs scannedEpochs;
  private long endOffset;
  private int segmentsScanned;
  private long bytesScanned;
  private long bytesCut;

  LogRecovery(
      LogFileSystem fs,
      Path directory,
      TopicPartition partition,
      LogConfig config,
      Remembered remembered,
      long nowMs,
      int newestEpoch) {
    this.fs = fs;
    this.directory = directory;
    this.partition = partition;
    this.config = config;
    this.remembered = remembered;
    this.nowMs = nowMs;
    this.newestEpoch = newestEpoch;
    this.rules = new ScanRules(remembered, config, newestEpoch);
    this.producers = new ProducerStates(partition);
  }

  /**
   * Does it.
   *
   * @throws LogException KAFKA_STORAGE_ERROR if records that were forced cannot be read any more
   * @throws IOException if the disk fails
   */
  Result recover() throws IOException {
    boolean done = false;
    try {
      Result result = tryRecover();
      done = true;
      return result;
    } finally {
      if (!done) {
        segments.forEach(Segment::release);
      }
    }
  }

  private Result tryRecover() throws IOException {
    SegmentLeftovers leftovers = new SegmentLeftovers(fs, directory);
    List<Long> baseOffsets = leftovers.settle();
    checkNoneIsMissing(leftovers.orphans(), baseOffsets);
    leftovers.deleteOrphans();
    snapshots = new ProducerSnapshots(fs, directory, leftovers.names());
    readLeaderEpochs();
    boolean clean = remembered.clean() && openClean(baseOffsets);
    if (!clean) {
      scanAnew(baseOffsets);
    }
    if (!leaderEpochsLost
        && !segments.isEmpty()
        && (leaderEpochsWrong || !leaderEpochsAgree(clean))) {
      LOG.warn("{}: leader epochs are not those of the batches and are read anew", partition);
      leaderEpochs = LeaderEpochCache.empty(fs, directory);
      leaderEpochsLost = true;
      leaderEpochsWrong = false;
      clean = false;
      scanAnew(leftovers.settle());
    }
    checkEnd(clean);
    startAnewIfBehindStart();
    if (segments.isEmpty()) {
      endOffset = remembered.logStartOffset();
      segments.add(Segment.create(fs, directory, endOffset, config, nowMs));
    }
    SegmentList list = new SegmentList(segments);
    long logStartOffset = Math.max(remembered.logStartOffset(), list.first().baseOffset());
    leaderEpochs.truncateFromEnd(endOffset);
    leaderEpochs.truncateFromStart(logStartOffset);
    settleProducers(list, clean);
    RecoveryReport report =
        new RecoveryReport(clean, segmentsScanned, bytesScanned, bytesCut, endOffset);
    return new Result(list, logStartOffset, endOffset, leaderEpochs, producers, snapshots, report);
  }

  private void scanAnew(List<Long> baseOffsets) throws IOException {
    segments.forEach(Segment::release);
    segments.clear();
    scan(baseOffsets);
  }

  /**
   * After a crash, those above the recovery point may have been lost, and were found by the scan.
   */
  private boolean leaderEpochsAgree(boolean clean) throws IOException {
    long start = Math.max(remembered.logStartOffset(), segments.getFirst().baseOffset());
    long end = clean ? endOffset : Math.min(remembered.recoveryPoint(), endOffset);
    LogEvidence evidence = new LogEvidence(segments, config.compact());
    leaderEpochs.replaceWith(evidence.from(start, leaderEpochs.current()));
    return evidence.agrees(leaderEpochs.current().truncateFromEnd(end), start, end);
  }

  /** A segment of which there are indexes but no batches was taken by nobody we know. */
  private void checkNoneIsMissing(List<Long> orphans, List<Long> present) {
    for (long baseOffset : orphans) {
      // Names of files come to the disk in the order in which they were made.
      if (baseOffset < remembered.recoveryPoint()
          || !remembered.pointKnown()
          || (!present.isEmpty() && baseOffset < present.getLast())) {
        throw refused(
            SegmentFiles.path(directory, baseOffset, SegmentFiles.LOG)
                + " is missing, but its indexes are there");
      }
    }
  }

  /** Neither recovery point nor log start may lie behind what is there. */
  private void checkEnd(boolean clean) {
    if (endOffset < remembered.recoveryPoint()) {
      throw refused(
          "the log ends at offset "
              + endOffset
              + ", but was on the disk up to recovery point "
              + remembered.recoveryPoint()
              + ": either records are missing, or the recovery point checkpoint is wrong");
    }
    if (endOffset < remembered.logStartOffset()
        && !segments.isEmpty()
        && (clean || remembered.logStartOffset() > remembered.highWatermark())) {
      throw refused(
          "the log ends at offset "
              + endOffset
              + ", before its start "
              + remembered.logStartOffset()
              + " as the log start checkpoint has it; if that is wrong, take its line out");
    }
  }

  private void readLeaderEpochs() throws IOException {
    try {
      leaderEpochs = LeaderEpochCache.read(fs, directory);
      if (leaderEpochs.current().latest() > newestEpoch) {
        throw new IOException(
            "epoch "
                + leaderEpochs.current().latest()
                + " is later than the partition's, which is "
                + newestEpoch);
      }
    } catch (IOException e) {
      LOG.warn("{}: leader epochs are read from the log again: {}", partition, e.getMessage());
      leaderEpochs = LeaderEpochCache.empty(fs, directory);
      leaderEpochsLost = true;
    }
  }

  /** Opens everything as it is; false if something is not as a clean close leaves it. */
  private boolean openClean(List<Long> baseOffsets) throws IOException {
    if (leaderEpochsLost) {
      return false;
    }
    for (long baseOffset : baseOffsets) {
      Segment segment = Segment.open(fs, directory, baseOffset, nowMs);
      segments.add(segment);
    }
    repairIndexes();
    if (segments.isEmpty()) {
      endOffset = remembered.logStartOffset();
      return true;
    }
    Segment active = segments.getLast();
    active.openForAppend(config);
    if (!active.offsetIndex().fits(active.sizeInBytes())
        || !active.offsetIndex().isOrdered()
        || !active.timeIndex().fits()
        || !active.timeIndex().isOrdered()) {
      LOG.warn("{}: indexes of {} do not fit it", partition, active);
      return false;
    }
    try {
      endOffset = active.measure();
    } catch (IOException e) {
      LOG.warn("{}: not as a clean close left it: {}", partition, e.getMessage());
      return false;
    }
    if (remembered.checkpointed() && endOffset > remembered.recoveryPoint()) {
      LOG.warn(
          "{}: ends at {}, but was closed at {}", partition, endOffset, remembered.recoveryPoint());
      return false;
    }
    return true;
  }

  private void repairIndexes() throws IOException {
    if (!segments.isEmpty()) {
      new IndexRepair(fs, partition, config, segments, snapshots).repair();
    }
  }

  private void scan(List<Long> baseOffsets) throws IOException {
    int from = firstToScan(baseOffsets);
    for (long baseOffset : baseOffsets.subList(0, from)) {
      segments.add(Segment.open(fs, directory, baseOffset, nowMs));
    }
    repairIndexes();
    List<Long> rest = baseOffsets.subList(from, baseOffsets.size());
    if (rest.isEmpty()) {
      endOffset = remembered.logStartOffset();
      producers.startAnew(endOffset);
      return;
    }
    // Newer snapshots may tell of records that did not reach the disk.
    snapshots.deleteAbove(rest.getFirst());
    long known = snapshots.load(producers, rest.getFirst(), nowMs, Long.MAX_VALUE);
    ProducerReplay.replay(
        new SegmentList(segments), Math.max(known, 0), rest.getFirst(), producers);
    endOffset = rest.getFirst();
    int scanned = 0;
    boolean whole = true;
    scannedEpochs = new ScannedEpochs(leaderEpochs.current(), endOffset);
    while (whole && scanned < rest.size() && follows(rest.get(scanned))) {
      boolean last = scanned == rest.size() - 1;
      whole = scan(rest.get(scanned), last ? Long.MAX_VALUE : rest.get(scanned + 1));
      scanned++;
    }
    if (leaderEpochsWrong) {
      return; // Nothing was cut off yet; all is read again without them.
    }
    leaderEpochs.replaceWith(scannedEpochs.all());
    if (endOffset >= remembered.recoveryPoint()) {
      dropFrom(rest.subList(scanned, rest.size()));
    }
    for (int i = from; i < segments.size() - 1; i++) {
      segments.get(i).seal();
      if (segments.get(i + 1).baseOffset() < remembered.recoveryPoint()) {
        segments.get(i).force(false); // Its indexes are new, and nobody else does.
      }
    }
  }

  /**
   * Whether a segment can be the next one. A gap before it was left by compaction, or else by a
   * disk that kept the segment but not the end of the one before.
   */
  private boolean follows(long baseOffset) {
    return baseOffset == endOffset || (baseOffset > endOffset && !rules.isHole(endOffset));
  }

  /**
   * The segment that holds the last record before the recovery point: what comes before it was
   * forced with its indexes. All, if leader epochs must be found again.
   */
  private int firstToScan(List<Long> baseOffsets) {
    int first = 0;
    if (!leaderEpochsLost) {
      while (first + 1 < baseOffsets.size()
          && baseOffsets.get(first + 1) < remembered.recoveryPoint()) {
        first++;
      }
    }
    return first;
  }

  /**
   * Reads a segment; false if it had to be cut.
   *
   * @param nextBase where the next segment begins, the largest long if there is none
   */
  private boolean scan(long baseOffset, long nextBase) throws IOException {
    Segment segment = Segment.open(fs, directory, baseOffset, nowMs);
    segments.add(segment);
    segment.resetIndexes(config);
    if (baseOffset > endOffset) {
      producers.onGap();
    }
    endOffset = baseOffset;
    if (!snapshots.offsets().contains(baseOffset)) { // Else it may be on the disk already.
      snapshots.writeIfPossible(baseOffset, producers);
    }
    int size = segment.sizeInBytes();
    BatchCursor cursor = cursor(segment);
    String problem = null;
    int end = 0;
    while (cursor.next()) {
      RecordBatch batch = cursor.header();
      if (!leaderEpochsLost && rules.contradictsFile(batch, scannedEpochs)) {
        leaderEpochsWrong = true;
        return false;
      }
      problem = rules.problem(segment, cursor, endOffset, nextBase, scannedEpochs);
      if (problem != null) {
        break;
      }
      end = cursor.nextPosition();
      scannedEpochs.onBatch(batch);
      if (batch.baseOffset() > endOffset) {
        producers.onGap();
      }
      endOffset = batch.nextOffset();
      segment.onAppended(batch, cursor.position(), config.indexIntervalBytes());
      IndexRepair.onProducer(segment, cursor, producers);
    }
    segmentsScanned++;
    bytesScanned += size;
    if (problem == null && cursor.end() != BatchCursor.End.CLEAN) {
      problem =
          cursor.end() == BatchCursor.End.CUT_SHORT
              ? "the batch is cut short"
              : "no batch is there";
    }
    if (problem == null && end < size && !config.preallocate()) {
      problem = "only zeros follow";
    }
    if (end < size && endOffset < remembered.recoveryPoint()) {
      throw damaged(segment, end, problem == null ? "zeros" : problem);
    }
    if (problem != null
        && !remembered.pointKnown()
        && (nextBase != Long.MAX_VALUE || cursor.isFollowedByWhole())) {
      throw damaged(segment, end, problem + ", and more comes behind it");
    }
    // Without a problem, what is cut off are the zeros behind a preallocated file's last batch.
    segment.cutAt(end);
    if (problem != null) {
      bytesCut += size - end;
      LOG.warn(
          "{}: cut {} of {} bytes off {} at offset {}: {}",
          partition,
          size - end,
          size,
          segment.path(SegmentFiles.LOG),
          endOffset,
          problem);
    }
    return problem == null;
  }

  /** Before a segment's first batch; the same one for all, it has a large buffer. */
  private BatchCursor cursor(Segment segment) {
    int size = segment.sizeInBytes();
    int wanted = Math.clamp(size, MIN_SCAN_BYTES, MAX_SCAN_BYTES);
    if (cursor == null || cursor.chunkBytes() < wanted) {
      cursor = new BatchCursor(wanted);
    }
    return cursor.start(segment.file(), 0, size);
  }

  /** Drops whole segments behind the place where the log was found to end, for good. */
  private void dropFrom(List<Long> baseOffsets) throws IOException {
    if (baseOffsets.isEmpty()) {
      return;
    }
    for (long baseOffset : baseOffsets) {
      Path log = SegmentFiles.path(directory, baseOffset, SegmentFiles.LOG);
      long size = fs.sizeInBytes(log);
      bytesCut += size;
      LOG.warn("{}: dropped {} with {} bytes, behind the log's end", partition, log, size);
      for (String suffix : SegmentFiles.OF_SEGMENT) {
        fs.deleteIfExists(SegmentFiles.path(directory, baseOffset, suffix));
      }
    }
    fs.forceDirectory(directory);
  }

  private LogException damaged(Segment segment, int position, String problem) {
    return refused(
        segment.path(SegmentFiles.LOG)
            + " is damaged at position "
            + position
            + ", offset "
            + endOffset
            + (remembered.pointKnown()
                ? ", where it was on the disk already (recovery point "
                    + remembered.recoveryPoint()
                    + "): "
                : ", and how much of it was on the disk is not known: ")
            + problem);
  }

  private LogException refused(String why) {
    return new LogException(
        ErrorCode.KAFKA_STORAGE_ERROR,
        partition
            + ": "
            + why
            + ". Nothing was cut off; restore the files, or delete the replica's directory "
            + directory);
  }

  /** Records below the log's start are gone; if that is all there is, the log starts anew there. */
  private void startAnewIfBehindStart() throws IOException {
    long logStartOffset = remembered.logStartOffset();
    if (segments.isEmpty() || endOffset >= logStartOffset) {
      return;
    }
    LOG.warn(
        "{}: log ends at {}, before its start {}; its files are dropped",
        partition,
        endOffset,
        logStartOffset);
    List<Long> baseOffsets = new ArrayList<>();
    for (Segment segment : segments) {
      baseOffsets.add(segment.baseOffset());
      segment.release();
    }
    segments.clear();
    dropFrom(baseOffsets);
    leaderEpochs.clear();
    snapshots.deleteAbove(-1L);
    producers.startAnew(logStartOffset);
    endOffset = logStartOffset;
  }

  private void settleProducers(SegmentList list, boolean clean) throws IOException {
    TreeSet<Long> baseOffsets = new TreeSet<>();
    for (Segment segment : segments) {
      baseOffsets.add(segment.baseOffset());
    }
    if (clean) {
      snapshots.deleteAbove(endOffset);
      long known = snapshots.load(producers, endOffset, nowMs, config.producerIdExpirationMs());
      if (known < endOffset) {
        ProducerReplay.replay(list, Math.max(known, 0), endOffset, producers);
      }
    } else {
      producers.removeExpired(nowMs, config.producerIdExpirationMs());
    }
    snapshots.deleteStray(baseOffsets, baseOffsets.last());
  }
}
