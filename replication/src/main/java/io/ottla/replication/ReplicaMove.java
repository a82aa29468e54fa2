package io.ottla.replication;

import io.ottla.log.FutureLog;
import io.ottla.log.LogException;
import io.ottla.log.PartitionLog;
import io.ottla.replication.LogDirectories.Place;
import io.ottla.runtime.Clock;
import io.ottla.wire.ErrorCode;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One replica on its way to another directory of this broker: its log is copied beside it, in
 * bounded steps, and when nearly nothing is missing, the partition's shard copies the rest and goes
 * on in the copy.
 *
 * <p>The broker's mover threads call {@link #step}; whoever wants to end the move waits until the
 * step that is under way is over. The shard never waits for any of them.
 */
final class ReplicaMove {

  private static final Logger LOG = LoggerFactory.getLogger(ReplicaMove.class);

  private static final long RETRY_MS = 100;
  private static final long FULL_RETRY_MS = 1_000;

  private final Partition partition;
  private final Place target;
  private final LogDirectories directories;
  private final Clock clock;
  private final int stepBytes;
  private final long begunNs;

  private FutureLog future;
  private boolean frozen;
  private boolean over;
  private boolean moved;
  private long bytesCopied;
  private volatile long notBeforeNs;

  /**
   * @param stepBytes about how much is copied in a step, and by the shard at most
   */
  ReplicaMove(
      Partition partition, Place target, LogDirectories directories, Clock clock, int stepBytes) {
    this.partition = partition;
    this.target = target;
    this.directories = directories;
    this.clock = clock;
    this.stepBytes = stepBytes;
    this.begunNs = clock.nowNs();
    this.notBeforeNs = begunNs;
  }

  Partition partition() {
    return partition;
  }

  Place target() {
    return target;
  }

  /** When there may be something to do again. */
  long notBeforeNs() {
    return notBeforeNs;
  }

  /** Whether there is nothing left to do. */
  synchronized boolean isOver() {
    return over;
  }

  /** Whether it is over because the replica is where it was to be. */
  synchronized boolean isDone() {
    return moved;
  }

  /**
   * Makes the copy, or finds it again. Blocks.
   *
   * @throws LogException KAFKA_STORAGE_ERROR if the target's disk fails
   */
  synchronized void open() {
    if (!over && future == null) {
      future = FutureLog.open(target.directory(), partition.log(), clock.wallMs());
      LOG.info(
          "{} is being moved to {}: {} of {} bytes are there",
          partition.log(),
          target.directory(),
          future.log().view().sizeInBytes(),
          partition.view().sizeInBytes());
    }
  }

  /**
   * Does a bounded part of it. Blocks.
   *
   * @return how many bytes were copied
   */
  synchronized int step() {
    if (over) {
      return 0;
    }
    try {
      return tryStep();
    } catch (FutureLog.SourceException e) {
      onSourceTrouble(e);
    } catch (LogException e) {
      onTargetTrouble(e);
    }
    return 0;
  }

  private int tryStep() {
    if (frozen || partition.isClosed()) {
      keep();
      return 0;
    }
    if (target.directory().isFull()) {
      waitFor(FULL_RETRY_MS);
      return 0;
    }
    open();
    int bytes = copy();
    if (bytes > stepBytes / 2) { // Else what is left is little enough for the shard.
      if (future.log().wantsForce(clock.wallMs())) {
        future.force(clock.wallMs());
      }
      return bytes;
    }
    if (!future.isPrepared()) {
      future.prepare(clock.wallMs());
      return bytes;
    }
    future.force(clock.wallMs());
    OwnerCall.run(partition.shard(), this::changePlaces);
    if (moved) {
      finish();
    }
    return bytes;
  }

  /** What there is to be copied, at most as much as belongs into a step. */
  private int copy() {
    int copied = 0;
    int bytes = 1;
    while (bytes > 0 && copied < stepBytes) {
      bytes = future.copy(stepBytes - copied, clock.wallMs());
      copied += bytes;
    }
    bytesCopied += copied;
    return copied;
  }

  /** On the partition's shard, while the mover waits. */
  private void changePlaces() {
    if (partition.isClosed() || partition.log().failure() != null) {
      waitFor(RETRY_MS);
      return;
    }
    int bytes = copy();
    if (!future.hasAll()) {
      if (bytes == 0) {
        waitFor(RETRY_MS);
      }
      return; // Appends are faster; the mover goes on.
    }
    PartitionLog promoted = future.replace(partition.settings().log(), clock.wallMs());
    partition.moveTo(promoted, target.flusher());
    directories.moved(partition.topicPartition(), target);
    moved = true;
  }

  private void finish() {
    over = true;
    LOG.info(
        "{} is where {} was until now: {} bytes were copied in {} ms",
        future.log(),
        future.source(),
        bytesCopied,
        TimeUnit.NANOSECONDS.toMillis(clock.nowNs() - begunNs));
    try {
      future.finish();
    } catch (LogException e) {
      LOG.warn(
          "{} was moved, but {}; the next start of the broker makes up for that",
          partition.topicPartition(),
          e.getMessage());
    }
  }

  private void waitFor(long ms) {
    notBeforeNs = clock.nowNs() + TimeUnit.MILLISECONDS.toNanos(ms);
  }

  private void onSourceTrouble(FutureLog.SourceException e) {
    if (e.error() == ErrorCode.NOT_LEADER_OR_FOLLOWER
        || e.error() == ErrorCode.OFFSET_OUT_OF_RANGE) {
      waitFor(RETRY_MS); // Being cut, or cut since it was looked at.
      return;
    }
    LOG.error(
        "{} stays in its directory and is not moved to {}: {}",
        partition.topicPartition(),
        target.directory(),
        e.getMessage());
    cancel();
  }

  private void onTargetTrouble(LogException e) {
    if (e.error() == ErrorCode.KAFKA_STORAGE_ERROR) {
      directories.onRefused(target, e);
      if (!directories.isFailed(target)) {
        closeForNow();
        waitFor(FULL_RETRY_MS);
        return;
      }
    }
    LOG.error(
        "{} stays in its directory and cannot be moved to {}: {}",
        partition.topicPartition(),
        target.directory(),
        e.getMessage());
    if (directories.isFailed(target)) {
      abandon();
    } else {
      cancel();
    }
  }

  /** What has failed half-way goes on when it is opened again. */
  private void closeForNow() {
    if (future != null) {
      future.close();
      future = null;
    }
  }

  /** Ends it without a trace, unless it is done. Blocks. */
  synchronized void cancel() {
    if (over) {
      return;
    }
    over = true;
    if (future == null) {
      directories.deleteFuture(
          target, partition.topicPartition()); // Closed for now, or never open.
    } else {
      try {
        future.delete(clock.wallMs());
      } catch (LogException e) {
        LOG.warn("What was copied of {} is not deleted: {}", partition.log(), e.getMessage());
      }
    }
  }

  /** Ends it as if the broker was killed: the target's disk has failed. */
  synchronized void abandon() {
    if (!over && future != null) {
      future.giveUp();
    }
    over = true;
  }

  /** The replica does not change places any more; the next step ends it for now. Blocks. */
  synchronized void freeze() {
    frozen = true;
  }

  /**
   * Ends it for now: what was copied stays, and the next start of the broker goes on with it.
   * Blocks.
   */
  synchronized void keep() {
    if (!over && future != null) {
      future.close();
    }
    over = true;
  }

  @Override
  public String toString() {
    return partition.topicPartition() + " to " + target.directory();
  }
}
