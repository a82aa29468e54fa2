package io.ottla.log;

import io.netty.buffer.ByteBuf;
import io.ottla.wire.ErrorCode;
import io.ottla.wire.TopicPartition;
import io.ottla.wire.Uuid;
import io.ottla.wire.record.BatchHeader;
import io.ottla.wire.record.RecordBatch;
import java.io.IOException;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
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
  private static final VarHandle VIEW;

  static {
    try {
      VIEW = MethodHandles.lookup().findVarHandle(PartitionLog.class, "view", LogView.class);
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  private final LogDirectory logDirectory;
  private final LogFileSystem fs;
  private final Path path;
  private final TopicPartition topicPartition;
  private final Uuid topicId;
  private final LogOffsets offsets;
  private final LeaderEpochCache leaderEpochs;
  private final ProducerStates producers;
  private final ProducerSnapshots snapshots;
  private final RecoveryReport recoveryReport;
  private final RecordBatch batch = new RecordBatch();
  private final RecentPositions recent = new RecentPositions();

  private LogConfig config;
  private SegmentList segments;
  private Segment active;
  private int truncations;
  private LogException failure;
  private boolean closed;

  // When the first record that is not forced was appended; NOTHING if all are.
  private long unforcedSinceMs = NOTHING;
  private boolean sealedUnforced;
  private boolean forceRequested;

  @SuppressWarnings("UnusedVariable") // Through VIEW.
  private LogView view;

  private static final long NOTHING = Long.MAX_VALUE;

  private PartitionLog(
      LogDirectory logDirectory,
      TopicPartition topicPartition,
      Uuid topicId,
      LogConfig config,
      LogRecovery.Result recovered,
      LogDirectory.Remembered remembered) {
    this.logDirectory = logDirectory;
    this.fs = logDirectory.fileSystem();
    this.path = logDirectory.partitionPath(topicPartition);
    this.topicPartition = topicPartition;
    this.topicId = topicId;
    this.config = config;
    this.segments = recovered.segments();
    this.active = segments.active();
    this.leaderEpochs = recovered.leaderEpochs();
    this.producers = recovered.producers();
    this.snapshots = recovered.snapshots();
    this.recoveryReport = recovered.report();
    this.offsets =
        new LogOffsets(
            recovered.logStartOffset(),
            remembered.recoveryPoint(),
            remembered.highWatermark(),
            recovered.logEndOffset());
    this.sealedUnforced = segments.size() > 1 && offsets.recoveryPoint() < active.baseOffset();
    producers.onHighWatermark(offsets.highWatermark());
    offsets.stable(producers.firstUnstableOffset());
    publish();
  }

  /**
   * Opens a partition's log, creating it if there is none, and recovers it if it was not closed
   * properly. Blocks; not on a shard.
   *
   * @throws LogException KAFKA_STORAGE_ERROR if the disk fails or has lost records it had;
   *     INCONSISTENT_TOPIC_ID if the directory belongs to another topic of the same name
   */
  public static PartitionLog open(
      LogDirectory directory,
      TopicPartition topicPartition,
      Uuid topicId,
      LogConfig config,
      long nowMs) {
    return open(directory, topicPartition, topicId, config, nowMs, LogRecoveryProgress.NONE);
  }

  /** As above, telling how the recovery goes on. */
  public static PartitionLog open(
      LogDirectory directory,
      TopicPartition topicPartition,
      Uuid topicId,
      LogConfig config,
      long nowMs,
      LogRecoveryProgress progress) {
    LogFileSystem fs = directory.fileSystem();
    Path path = directory.partitionPath(topicPartition);
    try {
      if (!fs.exists(path)) {
        fs.createDirectory(path);
        fs.forceDirectory(directory.path());
      }
      Uuid found = PartitionMetadata.read(fs, path);
      if (found == null) {
        PartitionMetadata.write(fs, path, topicId);
      } else if (!found.equals(topicId)) {
        throw new LogException(
            ErrorCode.INCONSISTENT_TOPIC_ID,
            path + " belongs to topic id " + found + ", not " + topicId);
      }
      LogDirectory.Remembered remembered = directory.remembered(topicPartition);
      LogRecovery.Result recovered =
          new LogRecovery(fs, path, topicPartition, config, remembered, nowMs, progress).recover();
      PartitionLog log =
          new PartitionLog(directory, topicPartition, topicId, config, recovered, remembered);
      directory.onOpened(log);
      if (remembered.recoveryPoint() > log.recoveryPoint()) {
        // Others will take these offsets, and must not be believed to be on the disk.
        directory.checkpointRecoveryPoints();
      }
      return log;
    } catch (IOException e) {
      throw LogException.storage("opening the log in " + path, e);
    }
  }

  public TopicPartition topicPartition() {
    return topicPartition;
  }

  public Uuid topicId() {
    return topicId;
  }

  /** What the log is now, for any thread. */
  public LogView view() {
    return (LogView) VIEW.getAcquire(this);
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
    return failure;
  }

  /** From now on, other numbers. An active segment keeps its index size. */
  public void reconfigure(LogConfig newConfig) {
    config = newConfig;
  }

  // ---------------------------------------------------------------- append

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
    checkWritable();
    int start = batches.readerIndex();
    int end = start + batches.readableBytes();
    boolean assigns = context.origin() != AppendOrigin.REPLICATION;
    boolean stamps = assigns && config.logAppendTime();
    long firstOffset = -1L;
    long nextOffset = offsets.logEnd();
    long maxTimestamp = BatchHeader.NO_TIMESTAMP;
    for (int at = start; at < end; at += batch.sizeInBytes()) {
      batch.wrap(batches, at);
      checkStructure(end - at);
      if (assigns) {
        batch.baseOffset(nextOffset).partitionLeaderEpoch(context.leaderEpoch());
        if (stamps) {
          batch.setLogAppendTime(context.nowMs());
        }
      } else if (batch.partitionLeaderEpoch() > context.leaderEpoch()) {
        // Its leader came after the one we follow; what it says is not ours yet.
        end = at;
        break;
      } else if (batch.baseOffset() < nextOffset) {
        throw new LogException(
            ErrorCode.CORRUPT_MESSAGE,
            topicPartition
                + ": batch at offset "
                + batch.baseOffset()
                + " from the leader, but "
                + nextOffset
                + " is next");
      }
      if (batch.hasProducerId()) {
        AppendResult duplicate = checkProducer(context, end - start);
        if (duplicate != null) {
          return duplicate;
        }
      }
      firstOffset = firstOffset < 0 ? batch.baseOffset() : firstOffset;
      nextOffset = batch.nextOffset();
      maxTimestamp = Math.max(maxTimestamp, batch.maxTimestamp());
    }
    if (start == end) {
      firstOffset = nextOffset;
    } else {
      write(batches, start, end, context.nowMs());
    }
    return new AppendResult(
        firstOffset,
        nextOffset - 1,
        offsets.logStart(),
        maxTimestamp,
        stamps ? context.nowMs() : BatchHeader.NO_TIMESTAMP,
        false);
  }

  private void checkWritable() {
    if (failure != null || closed) {
      throw new LogException(
          ErrorCode.KAFKA_STORAGE_ERROR,
          topicPartition + " takes no appends: " + (closed ? "closed" : failure.getMessage()));
    }
    if (logDirectory.isFull()) {
      throw new LogException(
          ErrorCode.KAFKA_STORAGE_ERROR,
          topicPartition + " takes no appends: no space left in " + logDirectory);
    }
  }

  /** What the log relies on; the rest was checked before. */
  private void checkStructure(int available) {
    if (available < BatchHeader.SIZE
        || batch.length() < BatchHeader.SIZE - BatchHeader.LOG_OVERHEAD
        || batch.length() > available - BatchHeader.LOG_OVERHEAD
        || batch.magic() != BatchHeader.CURRENT_MAGIC
        || batch.lastOffsetDelta() < 0) {
      throw new LogException(
          ErrorCode.CORRUPT_MESSAGE, topicPartition + ": bytes to append are no record batch");
    }
    if (batch.sizeInBytes() > config.segmentBytes()) {
      throw new LogException(
          ErrorCode.RECORD_LIST_TOO_LARGE,
          topicPartition
              + ": batch of "
              + batch.sizeInBytes()
              + " bytes does not fit a segment of "
              + config.segmentBytes());
    }
  }

  /** Null if the batch is new; the result to answer with if it is here already. */
  private AppendResult checkProducer(AppendContext context, int appendSize) {
    if (context.origin() == AppendOrigin.CLIENT) {
      if (batch.sizeInBytes() != appendSize) {
        throw new LogException(
            ErrorCode.INVALID_RECORD,
            topicPartition + ": several batches in one append, one of them idempotent");
      }
      int slot = producers.findDuplicate(batch);
      if (slot >= 0) {
        ProducerState producer = producers.producer(batch.producerId());
        long timestamp = producer.timestampAt(slot);
        return new AppendResult(
            producer.firstOffsetAt(slot),
            producer.lastOffsetAt(slot),
            offsets.logStart(),
            timestamp,
            config.logAppendTime() ? timestamp : BatchHeader.NO_TIMESTAMP,
            true);
      }
    }
    producers.check(batch, context);
    return null;
  }

  /** Writes batches run by run: as many at once as go into one segment, normally all. */
  private void write(ByteBuf batches, int start, int end, long nowMs) {
    int from = start;
    while (from < end) {
      batch.wrap(batches, from);
      long baseOffset = batch.baseOffset();
      int to = from + batch.sizeInBytes();
      try {
        if (active.isFullFor(to - from, batch.lastOffset(), batch.maxTimestamp(), config, nowMs)) {
          roll(baseOffset, nowMs);
        }
        while (to < end) {
          batch.wrap(batches, to);
          int more = to - from + batch.sizeInBytes();
          if (active.isFullFor(more, batch.lastOffset(), batch.maxTimestamp(), config, nowMs)) {
            break;
          }
          to = from + more;
        }
        writeRun(batches, from, to, baseOffset);
      } catch (IOException e) {
        LogException thrown = LogException.storage("appending to " + active, e);
        if (active.isBroken()) {
          fail(thrown);
        }
        publish();
        throw thrown;
      }
      from = to;
    }
    if (unforcedSinceMs == NOTHING) {
      unforcedSinceMs = nowMs;
    }
    publish();
  }

  private void writeRun(ByteBuf batches, int from, int to, long baseOffset) throws IOException {
    int position = active.sizeInBytes();
    for (int at = from; at < to; at += batch.sizeInBytes()) {
      batch.wrap(batches, at);
      if (batch.partitionLeaderEpoch() >= 0) {
        leaderEpochs.assign(batch.partitionLeaderEpoch(), batch.baseOffset());
      }
    }
    active.append(batches, from, to - from);
    try {
      int batchPosition = position;
      for (int at = from; at < to; at += batch.sizeInBytes()) {
        batch.wrap(batches, at);
        active.onAppended(batch, batchPosition, config.indexIntervalBytes());
        batchPosition += batch.sizeInBytes();
        recent.add(batch.nextOffset(), batchPosition);
      }
      for (int at = from; at < to; at += batch.sizeInBytes()) {
        batch.wrap(batches, at);
        if (batch.hasProducerId()) {
          updateProducer();
        }
      }
    } catch (IOException e) {
      recent.clear();
      active.takeBack(position, baseOffset, e);
      throw e;
    }
    offsets.onAppend(batch.nextOffset());
    offsets.stable(producers.firstUnstableOffset());
  }

  private void updateProducer() throws IOException {
    CompletedTransaction completed = producers.update(batch);
    if (completed == null || !completed.aborted()) {
      return;
    }
    try {
      active.appendAborted(
          new AbortedTransaction(
              completed.producerId(),
              completed.firstOffset(),
              completed.lastOffset(),
              producers.lastStableOffset(completed)));
    } catch (IOException e) {
      // Without its entry, consumers would take aborted records for committed ones. The marker is
      // taken back, but what the producers' states have taken over is not: only opening heals that.
      fail(LogException.storage("entering an aborted transaction of " + active, e));
      throw e;
    }
  }

  /** Goes on in a new segment. */
  private void roll(long baseOffset, long nowMs) throws IOException {
    Segment next = Segment.create(fs, path, baseOffset, config, nowMs);
    try {
      active.seal();
    } catch (IOException e) {
      // Its indexes may be cut already: it cannot grow any more, and its successor must not yet.
      fail(LogException.storage("closing " + active, e));
      next.release();
      throw e;
    }
    try {
      snapshots.write(baseOffset, producers, false);
    } catch (IOException e) {
      LOG.warn("{}: no snapshot of producers at {}: {}", this, baseOffset, e.getMessage());
    }
    segments = segments.with(next);
    active = next;
    sealedUnforced = true;
    recent.clear();
  }

  private void fail(LogException cause) {
    if (failure == null) {
      failure = cause;
      LOG.error("{} takes no more appends until it is opened again", this, cause);
    }
  }

  // ---------------------------------------------------------------- offsets

  /**
   * Sets the high watermark, held between the log's start and its end, and with it the last stable
   * offset. After a failure, neither moves.
   */
  public void onHighWatermark(long highWatermark) {
    if (failure != null) {
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
    try {
      leaderEpochs.assign(leaderEpoch, offsets.logEnd());
    } catch (IOException e) {
      throw LogException.storage("writing the leader epochs of " + path, e);
    }
    publish();
  }

  private void publish() {
    long highWatermark = offsets.highWatermark();
    int position =
        highWatermark == offsets.logEnd()
            ? active.sizeInBytes()
            : highWatermark <= active.baseOffset() ? -1 : recent.position(highWatermark);
    LogView next =
        new LogView(
            this,
            segments,
            active.sizeInBytes(),
            position,
            leaderEpochs.current(),
            offsets,
            truncations);
    VIEW.setRelease(this, next);
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

  // ---------------------------------------------------------------- forces

  /**
   * Whether what was appended up to an offset must be on the disk before it is acknowledged
   * (flush.messages): then the answer waits until {@link #recoveryPoint} is above the offset.
   */
  public boolean needsForceBeforeAck(long lastOffset) {
    return lastOffset + 1 - offsets.recoveryPoint() >= config.flushMessages();
  }

  /**
   * Whether the log should be handed to the {@link LogFlusher} now: a segment was closed, as many
   * records wait as flush.messages allows, or as long as flush.ms does. False while a force is on
   * its way; call {@link #forceRequested} when handing it over.
   */
  public boolean wantsForce(long nowMs) {
    if (forceRequested || failure != null || offsets.recoveryPoint() == offsets.logEnd()) {
      return false;
    }
    return sealedUnforced
        || offsets.logEnd() - offsets.recoveryPoint() >= config.flushMessages()
        || (unforcedSinceMs != NOTHING && nowMs - unforcedSinceMs >= config.flushMs());
  }

  /** The log was handed to the flusher; its answer comes as onForced or onForceFailed. */
  public void forceRequested() {
    forceRequested = true;
  }

  /** The flusher has put the log, as it was in a view, on the disk. */
  public void onForced(LogFlusher.Forced forced) {
    forceRequested = false;
    if (forced.truncations() != truncations) {
      return; // Cut meanwhile; what was written since then may lie on no disk.
    }
    offsets.onForced(forced.offset());
    sealedUnforced = segments.size() > 1 && offsets.recoveryPoint() < active.baseOffset();
    if (offsets.recoveryPoint() == offsets.logEnd()) {
      unforcedSinceMs = NOTHING;
    } else {
      unforcedSinceMs = Math.max(unforcedSinceMs, forced.startedMs());
    }
    publish();
  }

  /**
   * A force failed: nobody knows what is on the disk, and asking again would not tell. No more
   * appends.
   */
  public void onForceFailed(LogException cause) {
    forceRequested = false;
    if (!closed) {
      fail(cause);
    }
  }

  /** Called by the flusher, on its thread, after the segments. */
  void forceLeaderEpochs() throws IOException {
    leaderEpochs.force();
  }

  // ---------------------------------------------------------------- cutting at the end

  /**
   * Drops the batch that holds an offset and everything behind it. The log then ends where its last
   * batch does. A follower does this when its leader knows better; blocks.
   */
  public void truncateTo(long offset) {
    try {
      if (offset >= offsets.logEnd()) {
        leaderEpochs.truncateFromEnd(offsets.logEnd());
        publish();
      } else if (offset < segments.first().baseOffset()) {
        truncateFullyAndStartAt(offset);
      } else {
        cutAt(offset);
      }
    } catch (IOException e) {
      LogException thrown = LogException.storage("cutting " + this + " at offset " + offset, e);
      fail(thrown);
      throw thrown;
    }
  }

  private void cutAt(long offset) throws IOException {
    LOG.info("{}: cut at offset {}, {}", this, offset, offsets);
    int keep = segments.floor(offset) + 1;
    lowerRecoveryPoint(Math.min(offset, segments.get(keep - 1).baseOffset()));
    for (int i = segments.size() - 1; i >= keep; i--) {
      takeAway(segments.get(i), Long.MIN_VALUE);
    }
    Segment last = segments.get(keep - 1);
    LogTruncation.Cut cut = LogTruncation.cut(fs, path, last, offset, config, last.createdMs());
    SegmentList before = segments;
    segments = segments.endingWith(keep, cut.segment());
    active = cut.segment();
    recent.clear();
    leaderEpochs.truncateFromEnd(cut.endOffset());
    snapshots.deleteAbove(cut.endOffset());
    long known = snapshots.load(producers, cut.endOffset(), 0L, Long.MAX_VALUE);
    ProducerReplay.replay(segments, Math.max(known, 0), cut.endOffset(), producers);
    offsets.truncate(cut.endOffset());
    producers.onHighWatermark(offsets.highWatermark());
    offsets.stable(producers.firstUnstableOffset());
    publish();
    for (int i = keep; i < before.size(); i++) {
      before.get(i).release();
    }
    if (last.isShared()) {
      last.release();
    }
  }

  /**
   * Drops everything; the log goes on, empty, at an offset. A follower does this when it is out of
   * its leader's range; blocks.
   */
  public void truncateFullyAndStartAt(long offset) {
    LOG.info("{}: dropped, to start at offset {}, {}", this, offset, offsets);
    try {
      lowerRecoveryPoint(0L);
      SegmentList before = segments;
      for (int i = before.size() - 1; i >= 0; i--) {
        takeAway(before.get(i), Long.MIN_VALUE);
      }
      active = Segment.create(fs, path, offset, config, 0L);
      segments = new SegmentList(List.of(active));
      recent.clear();
      leaderEpochs.clear();
      snapshots.deleteAbove(-1L);
      producers.clear();
      offsets.startAnew(offset);
      publish();
      for (int i = 0; i < before.size(); i++) {
        before.get(i).release();
      }
    } catch (IOException e) {
      LogException thrown = LogException.storage("dropping " + this, e);
      fail(thrown);
      throw thrown;
    }
  }

  /**
   * Before records below the recovery point disappear, the checkpoint must know: others will take
   * their offsets, and must not be believed to be on the disk.
   */
  private void lowerRecoveryPoint(long offset) {
    truncations++;
    if (offset < offsets.recoveryPoint()) {
      offsets.lowerRecoveryPoint(offset);
      publish();
      logDirectory.checkpointRecoveryPoints();
    }
  }

  // ---------------------------------------------------------------- cutting at the start

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
          topicPartition
              + ": cannot start at "
              + offset
              + ", above the high watermark "
              + offsets.highWatermark());
    }
    if (offset <= offsets.logStart()) {
      return;
    }
    try {
      leaderEpochs.truncateFromStart(offset);
    } catch (IOException e) {
      throw LogException.storage("writing the leader epochs of " + path, e);
    }
    offsets.advanceStart(offset);
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
    if (failure != null || closed) {
      return 0;
    }
    try {
      int count = Retention.deletable(segments, active.sizeInBytes(), offsets, config, nowMs);
      if (count == 0) {
        return 0;
      }
      if (count == segments.size()) {
        roll(offsets.logEnd(), nowMs);
      }
      SegmentList before = segments;
      segments = segments.withoutFirst(count);
      if (segments.first().baseOffset() > offsets.logStart()) {
        leaderEpochs.truncateFromStart(segments.first().baseOffset());
        offsets.advanceStart(segments.first().baseOffset());
      }
      publish();
      for (int i = 0; i < count; i++) {
        Segment retired = before.get(i);
        LOG.info("{}: retired {}", this, retired);
        snapshots.delete(retired.baseOffset());
        takeAway(retired, nowMs + config.fileDeleteDelayMs());
        retired.release();
      }
      return count;
    } catch (IOException e) {
      throw LogException.storage("deleting old segments of " + this, e);
    }
  }

  /** Forgets producers that were silent for too long. Returns how many. */
  public int expireProducers(long nowMs) {
    return producers.removeExpired(nowMs, config.producerIdExpirationMs());
  }

  /** Renames a segment's files, to be deleted when their time comes. */
  private void takeAway(Segment segment, long dueMs) throws IOException {
    for (String suffix : SegmentFiles.OF_SEGMENT) {
      Path file = segment.path(suffix);
      if (fs.exists(file)) {
        Path to = file.resolveSibling(file.getFileName() + SegmentFiles.DELETED);
        fs.rename(file, to);
        logDirectory.deletions().add(to, dueMs);
      }
    }
  }

  // ---------------------------------------------------------------- the end

  /**
   * Puts everything on the disk and closes the files; slices that were read stay readable. After a
   * failure, only closes. Blocks.
   */
  @Override
  public void close() {
    if (closed) {
      return;
    }
    closed = true;
    if (failure == null) {
      try {
        closeProperly();
      } catch (IOException e) {
        fail(LogException.storage("closing " + this, e));
      }
    }
    publish();
    releaseAll();
    logDirectory.onClosed(this, failure == null);
  }

  private void closeProperly() throws IOException {
    active.seal();
    for (int i = 0; i < segments.size(); i++) {
      Segment segment = segments.get(i);
      if (i == segments.size() - 1 || segments.get(i + 1).baseOffset() >= offsets.recoveryPoint()) {
        segment.force(false);
      }
    }
    snapshots.write(offsets.logEnd(), producers, true);
    leaderEpochs.force();
    offsets.onForced(offsets.logEnd());
  }

  /** Closes without writing anything: as a crash would, or before the log is deleted. */
  void abandon() {
    if (!closed) {
      closed = true;
      releaseAll();
    }
  }

  private void releaseAll() {
    for (int i = 0; i < segments.size(); i++) {
      if (segments.get(i).isShared()) { // All of them, unless cutting the log failed.
        segments.get(i).release();
      }
    }
  }

  @Override
  public String toString() {
    return path.toString();
  }
}
