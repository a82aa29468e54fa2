package io.ottla.log;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.PooledByteBufAllocator;
import io.ottla.wire.ErrorCode;
import io.ottla.wire.TopicPartition;
import io.ottla.wire.Uuid;
import io.ottla.wire.record.BatchHeader;
import io.ottla.wire.record.RecordBatch;
import java.io.IOException;
import java.nio.file.Path;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A log in another directory that is filled from a partition's log, its source, and then takes its
 * place (KIP-113). The source goes on meanwhile: it grows, is cut, compacted, and loses its oldest
 * segments.
 *
 * <pre>
 *  open > copy, copy, ... > prepare > copy, ... > [source's owner: copy the rest > replace] > finish
 * </pre>
 *
 * <p>Owned by whoever moves the log, a thread that may block; {@link #replace} and the last copying
 * before it are done by the source's owner, while the mover waits. Bytes are copied as they are,
 * after a look at their checksums; leader epochs and the index of transactions come with them.
 *
 * <p>What throws leaves the source as it was. A crash at any point leaves one log that is the
 * partition's, see {@link FutureNames}, and a copy that {@link #open} finds again.
 */
public final class FutureLog {

  private static final Logger LOG = LoggerFactory.getLogger(FutureLog.class);

  private final LogDirectory directory;
  private final TopicPartition partition;
  private final PartitionLog source;
  private final RecordBatch batch = new RecordBatch();
  private PartitionLog log;
  private int cutsSeen;

  /**
   * Of {@link #replace}: the file that is to go, and what is left of the source and when it goes.
   */
  private Path mark;

  private Path left;
  private long leftDueMs;

  private FutureLog(LogDirectory directory, PartitionLog source) {
    this.directory = directory;
    this.partition = source.topicPartition();
    this.source = source;
  }

  /**
   * Goes on with what is there of an earlier try, or begins. Blocks.
   *
   * @param target another one than the source's
   * @throws LogException KAFKA_STORAGE_ERROR if the target's disk fails; INVALID_REPLICA_ASSIGNMENT
   *     if the topic's name is too long
   */
  public static FutureLog open(LogDirectory target, PartitionLog source, long nowMs) {
    TopicPartition partition = source.topicPartition();
    Uuid found = target.futures().get(partition);
    if (found != null && found.equals(source.topicId())) {
      try {
        return new FutureLog(target, source).opened(false, nowMs);
      } catch (LogException e) {
        LOG.warn("{}: what was copied to {} is copied anew: {}", partition, target, e.getMessage());
      }
    }
    if (found != null) {
      target.deleteClosed(partition, nowMs);
    } else if (target.partitions().containsKey(partition)) {
      LOG.warn(
          "{} has an older log of {}, which nobody uses; it is kept as {}",
          target,
          partition,
          target.setAside(partition));
    }
    try {
      target.futureNames().begin(partition);
      return new FutureLog(target, source).opened(true, nowMs);
    } finally {
      if (!target.holdsFuture(partition)) {
        target.futureNames().forget(partition);
      }
    }
  }

  private FutureLog opened(boolean isNew, long nowMs) {
    log = openLog(nowMs);
    boolean agreed = false;
    try {
      if (isNew) {
        // Up to here the source is compacted; what it compacts from now on may be here already.
        directory.cleanerOffsets().takeOver(partition, source.directory().cleanerOffsets());
      }
      log.truncateTo(sharedEnd());
      agreed = true;
      return this;
    } finally {
      if (!agreed) {
        directory.giveUp(log);
      }
    }
  }

  private PartitionLog openLog(long nowMs) {
    return PartitionLog.open(
        directory, partition, source.topicId(), config(source.config()), nowMs);
  }

  /** Retention is for the source to decide. */
  private static LogConfig config(LogConfig config) {
    return config.withRetention(-1, -1);
  }

  /**
   * Up to where source and copy surely have the same records: what recovery found of the source,
   * and the epochs of which are the same.
   */
  private long sharedEnd() {
    LeaderEpochs own = log.leaderEpochs();
    LeaderEpochs sources = source.view().leaderEpochs();
    long start = Math.max(log.logStartOffset(), source.view().logStartOffset());
    long end = Math.min(log.logEndOffset(), source.recoveryReport().logEndOffset());
    end = Math.min(end, firstDifference(own, sources, start, end));
    return Math.min(end, firstDifference(sources, own, start, end));
  }

  /** The first start of an epoch, or the common start, from which on epochs are not the same. */
  private static long firstDifference(LeaderEpochs of, LeaderEpochs than, long start, long end) {
    if (start < end && of.epochOf(start) != than.epochOf(start)) {
      return start;
    }
    for (int i = 0; i < of.size(); i++) {
      long at = of.startOffset(i);
      if (at > start && at < end && than.epochOf(at) != of.epoch(i)) {
        return at;
      }
    }
    return Long.MAX_VALUE;
  }

  /** The directory it is in. */
  public LogDirectory directory() {
    return directory;
  }

  /** Whose place it is to take. */
  public PartitionLog source() {
    return source;
  }

  /** The log as it is; after {@link #replace}, the partition's. */
  public PartitionLog log() {
    return log;
  }

  /** Whether it has its final name. */
  public boolean isPrepared() {
    return directory.isPrepared(partition);
  }

  /** Whether it has all that the source has at this moment. */
  public boolean hasAll() {
    LogView view = source.view();
    return cutsSeen == view.cuts().count() && log.logEndOffset() == view.logEndOffset();
  }

  /**
   * Copies what comes next, after dropping what the source has dropped.
   *
   * @param maxBytes about how much
   * @return how many bytes; 0 if there is nothing more
   * @throws SourceException if the source cannot be read, or is damaged
   * @throws LogException KAFKA_STORAGE_ERROR if this log's disk fails or is full
   */
  public int copy(int maxBytes, long nowMs) {
    LogView view = source.view();
    follow(view, nowMs);
    if (log.logEndOffset() >= view.logEndOffset()) {
      return 0;
    }
    ByteBuf bytes = PooledByteBufAllocator.DEFAULT.directBuffer(maxBytes);
    try {
      read(view, maxBytes, bytes);
      int size = bytes.readableBytes();
      if (size > 0) {
        goBackToFirstBatch(bytes);
        var _ = log.append(bytes, AppendContext.replication(Integer.MAX_VALUE, nowMs));
        settle(view, nowMs);
      }
      return size;
    } finally {
      bytes.release();
    }
  }

  /** Drops what the source has cut off, and what it has let go of at its start. */
  private void follow(LogView view, long nowMs) {
    long cutTo = view.cuts().lowestSince(cutsSeen);
    if (cutTo < log.logEndOffset()) {
      log.truncateTo(Math.max(cutTo, log.logStartOffset()));
    }
    cutsSeen = view.cuts().count();
    if (log.logEndOffset() < view.logStartOffset() || log.logStartOffset() > view.logEndOffset()) {
      log.truncateFullyAndStartAt(view.logStartOffset());
    }
    settle(view, nowMs);
  }

  private void settle(LogView view, long nowMs) {
    log.onHighWatermark(Math.min(view.highWatermark(), log.logEndOffset()));
    long start = Math.min(view.logStartOffset(), log.highWatermark());
    if (start > log.logStartOffset()) {
      log.deleteRecordsBefore(start);
      log.deleteRetired(nowMs);
    }
  }

  /** Whole batches with right checksums. */
  private void read(LogView view, int maxBytes, ByteBuf into) {
    try {
      LogSlice slice = view.read(log.logEndOffset(), maxBytes, true, view.logEndOffset());
      try {
        slice.copyTo(into);
      } finally {
        slice.release();
      }
    } catch (IOException e) {
      throw new SourceException(LogException.storage("reading " + source, e));
    } catch (LogException e) {
      throw new SourceException(e);
    }
    int at = 0;
    while (into.writerIndex() - at >= BatchHeader.SIZE) {
      batch.wrap(into, at);
      if (batch.length() < BatchHeader.SIZE - BatchHeader.LOG_OVERHEAD
          || batch.length() > into.writerIndex() - at - BatchHeader.LOG_OVERHEAD) {
        break;
      }
      if (!batch.isCrcValid()) {
        throw new SourceException(
            new LogException(
                ErrorCode.CORRUPT_MESSAGE,
                source
                    + " is damaged: the checksum at offset "
                    + batch.baseOffset()
                    + " is wrong"));
      }
      at += batch.sizeInBytes();
    }
    into.writerIndex(at);
  }

  /** The source may start in the middle of a batch. */
  private void goBackToFirstBatch(ByteBuf batches) {
    batch.wrap(batches, batches.readerIndex());
    long end = log.logEndOffset();
    if (batch.baseOffset() < end && log.logStartOffset() == end) {
      log.truncateFullyAndStartAt(batch.baseOffset());
    }
  }

  /** Puts what is here on the disk. Blocks. */
  public void force(long nowMs) {
    try {
      log.onForced(LogFlusher.force(log, nowMs));
    } catch (IOException e) {
      LogException failure = LogException.storage("forcing " + log, e);
      log.onForceFailed(failure);
      throw failure;
    }
  }

  /**
   * Gives it its final name, if it has not got it, with all on the disk that is here. Blocks, for
   * as long as that takes.
   */
  public void prepare(long nowMs) {
    if (isPrepared()) {
      return;
    }
    log.close();
    if (log.failure() != null) {
      throw log.failure();
    }
    try {
      directory.checkpointLogStartOffsets();
      directory.checkpointRecoveryPoints();
      directory.futureNames().prepare(partition);
    } catch (IOException e) {
      throw LogException.storage("renaming " + log, e);
    }
    log = openLog(nowMs);
  }

  /**
   * Takes the source's place, which is closed and renamed: from the return on, this is the
   * partition's log. By the source's owner, when this is prepared and {@link #hasAll}. Nothing here
   * waits for a disk, unless what is on the source's is not on this one's.
   *
   * @param config from now on
   * @return the log under which to go on
   * @throws SourceException if the source's disk fails; the source is as it was
   * @throws LogException KAFKA_STORAGE_ERROR if this one's does; the source is as it was
   */
  public PartitionLog replace(LogConfig config, long nowMs) {
    if (!isPrepared() || !hasAll()) {
      throw new IllegalStateException(log + " cannot take the place of " + source);
    }
    settle(source.view(), nowMs);
    // What was found when the source was opened is on the disk, too.
    long found = Math.min(source.recoveryReport().logEndOffset(), source.logEndOffset());
    if (log.recoveryPoint() < Math.max(found, source.recoveryPoint())) {
      force(nowMs);
    }
    LogParts parts = log.parts().with(source.producerStates());
    parts.leaderEpochs().replaceWith(source.leaderEpochs());
    parts.settleStable();
    PartitionLog promoted =
        new PartitionLog(
            directory, partition, source.topicId(), config, parts, log.recoveryReport());
    try {
      left = source.directory().replace(source, promoted, () -> promote(promoted));
    } catch (LogException e) {
      throw new SourceException(e);
    }
    leftDueMs = nowMs + config.fileDeleteDelayMs();
    return promoted;
  }

  private void promote(PartitionLog promoted) {
    directory.reopened(log, promoted);
    mark = directory.futureNames().promote(partition);
    log = promoted;
  }

  /**
   * After {@link #replace}: makes sure that no loss of power takes it back. Blocks.
   *
   * @throws LogException KAFKA_STORAGE_ERROR if a disk fails; then the next start does it
   */
  public void finish() {
    source.directory().futureNames().force();
    source.directory().deletions().add(left, leftDueMs);
    directory.futureNames().finishPromotion(mark);
    source.directory().cleanerOffsets().remove(partition);
    directory.checkpointLogStartOffsets();
    directory.checkpointRecoveryPoints();
  }

  /** Closes it; {@link #open} finds it again. Blocks. */
  public void close() {
    log.close();
  }

  /** Closes it without writing anything, as its disk has failed. */
  public void giveUp() {
    directory.giveUp(log);
  }

  /** Deletes it: it is not wanted any more. Blocks. */
  public void delete(long nowMs) {
    directory.delete(log, nowMs);
  }

  /** The log to be moved cannot be read. */
  public static final class SourceException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final ErrorCode error;

    SourceException(LogException cause) {
      super(cause.getMessage(), cause);
      this.error = cause.error();
    }

    public ErrorCode error() {
      return error;
    }
  }
}
