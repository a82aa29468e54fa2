package io.ottla.log;

import io.netty.buffer.ByteBuf;
import io.ottla.wire.ErrorCode;
import io.ottla.wire.TopicPartition;
import io.ottla.wire.Uuid;
import io.ottla.wire.record.BatchHeader;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The log of one partition replica. Owned by the partition's shard: every method but {@link #view},
 * {@link #topicPartition} and {@link #topicId} is its alone. Everybody else reads the {@link
 * LogView} that each change publishes.
 *
 * <p>An append is one write to the page cache; nothing here waits for the disk but opening, closing
 * and cutting. What must be on the disk goes through {@link LogFlusher}, which comes back with
 * {@link #onForced}.
 *
 * <p>When the disk refuses a write, the append fails as a whole and the log is as before. When not
 * even that can be made sure, or a force fails, the log takes no more appends until it is opened
 * again; reads go on.
 */
public final class PartitionLog implements AutoCloseable {

  private static final Logger LOG = LoggerFactory.getLogger(PartitionLog.class);
  private final LogDirectory logDirectory;
  private final Path path;
  private final LogIdentity identity;
  private final TopicPartition topicPartition;
  private final Uuid topicId;
  private final LogOffsets offsets;
  private final LeaderEpochCache leaderEpochs;
  private final ProducerStates producers;
  private final LogParts parts;
  private final RecoveryReport recoveryReport;
  private final LogSegments segments;
  private final ForceSchedule forces;
  private final AppendPreparation preparation;
  private final LogWriter writer;
  private final LogCutter cutter;
  private final LogHealth health;
  private LogConfig config;
  private LogCuts cuts = LogCuts.NONE;
  private volatile LogView view;

  PartitionLog(
      LogDirectory logDirectory,
      TopicPartition topicPartition,
      Uuid topicId,
      LogConfig config,
      LogParts parts,
      RecoveryReport recoveryReport) {
    this.logDirectory = logDirectory;
    this.path = logDirectory.partitionPath(topicPartition);
    this.identity = new LogIdentity(logDirectory.fileSystem(), path);
    this.topicPartition = topicPartition;
    this.topicId = topicId;
    this.config = config;
    this.recoveryReport = recoveryReport;
    this.segments = parts.segments();
    this.offsets = parts.offsets();
    this.leaderEpochs = parts.leaderEpochs();
    this.producers = parts.producers();
    this.parts = parts;
    this.forces = new ForceSchedule(offsets);
    this.preparation = new AppendPreparation(topicPartition, offsets, producers);
    this.writer = new LogWriter(parts);
    this.cutter = new LogCutter(parts);
    this.health = new LogHealth(logDirectory);
    forces.onSegments(segments.active().baseOffset());
    publish();
  }

  /**
   * Opens a partition's log, creating it if there is none, and recovers it if it was not closed
   * properly. Blocks; not on a shard.
   *
   * @param newestEpoch the partition's leader epoch, or a later one: no record can be of a later
   *     one than this. A batch's epoch is outside of its checksum, and a wrong bit in it would have
   *     this log refused by every leader, for ever
   * @throws LogException KAFKA_STORAGE_ERROR if the disk fails or has lost or changed records it
   *     had; INCONSISTENT_TOPIC_ID if the directory belongs to another topic of the same name
   */
  public static PartitionLog open(
      LogDirectory directory,
      TopicPartition topicPartition,
      Uuid topicId,
      LogConfig config,
      long nowMs,
      int newestEpoch) {
    return LogOpening.open(directory, topicPartition, topicId, config, nowMs, newestEpoch);
  }

  /** As above, where nothing is known of leader epochs. */
  public static PartitionLog open(
      LogDirectory directory,
      TopicPartition topicPartition,
      Uuid topicId,
      LogConfig config,
      long nowMs) {
    return open(directory, topicPartition, topicId, config, nowMs, Integer.MAX_VALUE);
  }

  public TopicPartition topicPartition() {
    return topicPartition;
  }

  public Uuid topicId() {
    return topicId;
  }

  /** What the log is now, for any thread. */
  public LogView view() {
    return view;
  }

  public LogConfig config() {
    return config;
  }

  /** What opening found. */
  public RecoveryReport recoveryReport() {
    return recoveryReport;
  }

  public ProducerStates producerStates() {
    return producers;
  }

  public long logStartOffset() {
    return offsets.logStart();
  }

  public long lastStableOffset() {
    return offsets.lastStable();
  }

  public long highWatermark() {
    return offsets.highWatermark();
  }

  public long logEndOffset() {
    return offsets.logEnd();
  }

  /** First offset that may not be on the disk. */
  public long recoveryPoint() {
    return offsets.recoveryPoint();
  }

  public LeaderEpochs leaderEpochs() {
    return leaderEpochs.current();
  }

  /** Why no appends are taken; null if they are. */
  public LogException failure() {
    return health.failure();
  }

  /** From now on, other numbers. An active segment keeps its index size. */
  public void reconfigure(LogConfig newConfig) {
    config = newConfig;
  }

  /**
   * Appends batches: all or none, but for a failing disk when they need several segments; then the
   * first ones may be in. Of a client or coordinator, sets their offsets, leader epoch and, if the
   * topic wants it, timestamps in the buffer; of a leader, takes them as they are, up to the first
   * of an epoch that is later than the context's.
   *
   * @param batches whole v2 batches, checked before (checksum, structure); reader index and content
   *     from there on are the log's during the call
   * @throws LogException with the code of what the batches break, or KAFKA_STORAGE_ERROR
   */
  public AppendResult append(ByteBuf batches, AppendContext context) {
    health.checkWritable(this);
    AppendResult duplicate = preparation.prepare(batches, context, config);
    if (duplicate != null) {
      return duplicate;
    }
    if (preparation.end() > batches.readerIndex()) {
      write(batches, context);
    }
    boolean stamped = config.logAppendTime() && context.origin() != AppendOrigin.REPLICATION;
    return new AppendResult(
        preparation.baseOffset(),
        preparation.nextOffset() - 1,
        offsets.logStart(),
        preparation.maxTimestamp(),
        stamped ? context.nowMs() : BatchHeader.NO_TIMESTAMP,
        false);
  }

  private void write(ByteBuf batches, AppendContext context) {
    try {
      writer.write(batches, batches.readerIndex(), preparation.end(), config, context.nowMs());
    } catch (IOException e) {
      throw health.refused(this, segments.active(), "appending to " + segments.active(), e);
    } finally {
      forces.onSegments(segments.active().baseOffset());
      publish();
    }
  }

  /**
   * Sets the high watermark, held between the log's start and its end, and with it the last stable
   * offset. After a failure, neither moves.
   */
  public void onHighWatermark(long highWatermark) {
    if (health.failure() != null) {
      return;
    }
    producers.onHighWatermark(highWatermark);
    offsets.highWatermark(highWatermark, producers.firstUnstableOffset());
    publish();
  }

  /**
   * Takes over a leader epoch that starts at the log's end, before there are records of it
   * (KIP-101).
   */
  public void assignLeaderEpoch(int leaderEpoch) {
    leaderEpochs.announce(leaderEpoch, offsets.logEnd());
    publish();
  }

  /** Lets all see what the log is now. */
  void publish() {
    long highWatermark = offsets.highWatermark();
    int activeSize = segments.active().sizeInBytes();
    int position =
        highWatermark == offsets.logEnd() ? activeSize : segments.recentPosition(highWatermark);
    view =
        new LogView(
            this, segments.list(), activeSize, position, leaderEpochs.current(), offsets, cuts);
  }

  /**
   * A view for a reader that found its own out of date.
   *
   * @throws LogException NOT_LEADER_OR_FOLLOWER if there is none yet: the log is being cut, or is
   *     closed
   */
  LogView newerThan(LogView stale) {
    LogView now = view();
    if (now == stale) {
      throw new LogException(
          ErrorCode.NOT_LEADER_OR_FOLLOWER, topicPartition + " is being cut or was closed");
    }
    return now;
  }

  /** A view of the log that has taken this one's place, whose files are elsewhere; or null. */
  LogView successorView() {
    LogView now = view;
    return now.log() == this ? null : now;
  }

  /**
   * Whether what was appended up to an offset must be on the disk before it is acknowledged
   * (flush.messages): then the answer waits until {@link #recoveryPoint} is above the offset.
   */
  public boolean needsForceBeforeAck(long lastOffset) {
    return forces.isNeededFor(lastOffset, config);
  }

  /**
   * Whether the log should be handed to the {@link LogFlusher} now: a segment was closed, as many
   * records wait as flush.messages allows, or as long as flush.ms does. False while a force is on
   * its way; call {@link #forceRequested} when handing it over.
   */
  public boolean wantsForce(long nowMs) {
    return health.failure() == null && forces.isDue(config, nowMs);
  }

  /** The log was handed to the flusher; its answer comes as onForced or onForceFailed. */
  public void forceRequested() {
    forces.onRequested();
  }

  /** The flusher has put the log, as it was in a view, on the disk. */
  public void onForced(LogFlusher.Forced forced) {
    forces.onAnswered();
    if (forced.truncations() == cuts.count()) {
      offsets.onForced(forced.offset());
      forces.onForced(forced.startedMs(), segments.active().baseOffset());
      publish();
    } // Else it was cut meanwhile, and what was written since then may lie on no disk.
  }

  /**
   * A force failed: nobody knows what is on the disk, and asking again would not tell. No more
   * appends; but if it {@link LogException#isPassing}, it is to be asked for again.
   */
  public void onForceFailed(LogException cause) {
    forces.onAnswered();
    if (!health.isClosed() && !cause.isPassing()) {
      health.fail(this, cause);
    }
  }

  /** The log was closed cleanly before, and had records. */
  void wasClosedCleanly() {
    identity.wasForced();
    leaderEpochs.wasClosedCleanly();
  }

  /** What is forced after the segments: on the flusher's thread, and when closing. */
  void forceRest() throws IOException {
    identity.force(view.logEndOffset());
    leaderEpochs.force();
  }

  /**
   * Drops the batch that holds an offset and everything behind it. The log then ends where its last
   * batch does. A follower does this when its leader knows better; blocks.
   */
  public void truncateTo(long offset) {
    try {
      if (offset >= offsets.logEnd()) {
        leaderEpochs.truncateFromEnd(offsets.logEnd());
        publish();
      } else if (offset < segments.list().first().baseOffset()) {
        truncateFullyAndStartAt(offset);
      } else {
        cutAt(offset);
      }
    } catch (IOException e) {
      throw health.failed(this, "cutting " + this + " at offset " + offset, e);
    }
  }

  private void cutAt(long offset) throws IOException {
    LOG.info("{}: cut at offset {}, {}", this, offset, offsets);
    SegmentList list = segments.list();
    lowerRecoveryPoint(Math.min(offset, list.get(list.floor(offset)).baseOffset()));
    onCut(cutter.cutAt(offset, config));
  }

  /**
   * Drops everything; the log goes on, empty, at an offset. A follower does this when it is out of
   * its leader's range; blocks.
   */
  public void truncateFullyAndStartAt(long offset) {
    LOG.info("{}: dropped, to start at offset {}, {}", this, offset, offsets);
    try {
      lowerRecoveryPoint(0L);
      onCut(cutter.startAnew(offset, config));
    } catch (IOException e) {
      throw health.failed(this, "dropping " + this, e);
    }
  }

  /** From now on, forces that began before say nothing about what is here. */
  private void onCut(List<Segment> gone) {
    cuts = cuts.and(offsets.logEnd());
    forces.onSegments(segments.active().baseOffset());
    publish();
    gone.forEach(Segment::release);
    logDirectory.cleanerOffsets().lower(topicPartition, offsets.logEnd());
  }

  /**
   * Before records below the recovery point disappear, the checkpoint must know: others will take
   * their offsets, and must not be believed to be on the disk.
   */
  private void lowerRecoveryPoint(long offset) {
    if (offset < offsets.recoveryPoint()) {
      offsets.lowerRecoveryPoint(offset);
      publish();
      logDirectory.checkpointRecoveryPoints();
    }
  }

  /**
   * The log starts later (DeleteRecords, or a follower whose leader's log does). Segments that lie
   * before that are taken by the next {@link #deleteRetired}.
   *
   * @throws LogException OFFSET_OUT_OF_RANGE if the offset is above the high watermark
   */
  public void deleteRecordsBefore(long offset) {
    if (offset > offsets.highWatermark()) {
      throw new LogException(
          ErrorCode.OFFSET_OUT_OF_RANGE,
          topicPartition + ": cannot start at " + offset + ", " + offsets);
    }
    cutter.advanceStart(offset);
    publish();
  }

  /**
   * Takes segments out of the log that lie before its start, or that retention by size or time no
   * longer wants; none that reaches above the high watermark. Their files are deleted by {@link
   * LogDirectory#deleteDue} after file.delete.delay.ms.
   *
   * @return how many
   */
  public int deleteRetired(long nowMs) {
    if (!health.isGood()) {
      return 0;
    }
    try {
      int count = Retention.deletable(segments.list(), offsets, config, nowMs);
      if (count == 0) {
        return 0;
      }
      if (count == segments.list().size()) {
        writer.roll(offsets.logEnd(), config, nowMs);
      }
      List<Segment> retired = cutter.retire(count);
      forces.onSegments(segments.active().baseOffset());
      publish();
      cutter.discard(retired, nowMs + config.fileDeleteDelayMs());
      return count;
    } catch (IOException e) {
      throw health.refused(this, segments.active(), "deleting old segments of " + this, e);
    }
  }

  /** Begins to compact a range; null if there is nothing like it in the log any more. */
  public LogCleaning beginCleaning(CleanableRange range) {
    return health.isGood() ? LogCleaning.begin(this, logDirectory, path, range) : null;
  }

  /** Puts what a cleaning left of segments in their place; false if they are not there any more. */
  boolean replace(List<Segment> group, CleanedSegment cleaned, LogCleaning by, long nowMs) {
    if (!health.isGood() || by.truncations() != cuts.count() || !segments.contains(group)) {
      return false;
    }
    try {
      cutter.replace(group, cleaned, nowMs + config.fileDeleteDelayMs(), nowMs);
    } catch (IOException e) {
      throw health.failed(this, "replacing segments of " + this, e);
    }
    publish();
    group.forEach(Segment::release);
    return true;
  }

  /** Forgets producers that were silent for too long. Returns how many. */
  public int expireProducers(long nowMs) {
    return producers.removeExpired(nowMs, config.producerIdExpirationMs());
  }

  /**
   * Puts everything on the disk and closes the files; slices that were read stay readable. After a
   * failure, only closes. Blocks.
   */
  @Override
  public void close() {
    if (!health.close()) {
      return;
    }
    if (health.failure() == null) {
      try {
        parts.sealAndForce();
        forceRest();
        offsets.onForced(offsets.logEnd());
      } catch (IOException e) {
        health.failed(this, "closing " + this, e);
      }
    }
    publish();
    segments.release();
    logDirectory.onClosed(this, health.failure() == null);
  }

  /** Closes without writing anything: as a crash would, or before the log is deleted. */
  void abandon() {
    if (health.close()) {
      segments.release();
    }
  }

  /** Who reads goes on in a log that has the same records; this one is about to be abandoned. */
  void handOver(PartitionLog successor) {
    successor.identity.comesAfter(logDirectory.path());
    view = successor.view;
  }

  LogDirectory directory() {
    return logDirectory;
  }

  LogParts parts() {
    return parts;
  }

  @Override
  public String toString() {
    return path.toString();
  }
}
