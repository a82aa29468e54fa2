package io.ottla.replication;

import io.ottla.log.LogException;
import io.ottla.log.PartitionLog;
import io.ottla.runtime.Shard;
import io.ottla.runtime.Timer;
import io.ottla.wire.ErrorCode;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;

/**
 * Lets a leader's log start later, at a client's word, and tells when its followers have done so
 * too (DeleteRecords, KIP-107).
 *
 * <p>Owned by the partition's shard.
 */
final class RecordDeletions {

  /** Stands for the high watermark where an offset to delete before is given. */
  private static final long HIGH_WATERMARK = -1;

  private final Shard shard;
  private final Supplier<PartitionLog> log;
  private final List<Waiter> waiters = new ArrayList<>();
  private long lowWatermark = -1;

  RecordDeletions(Shard shard, Supplier<PartitionLog> log) {
    this.shard = shard;
    this.log = log;
  }

  private PartitionLog log() {
    return log.get();
  }

  /** See {@link Partition#deleteRecordsBefore}. */
  long deleteBefore(long offset) {
    if (!log().config().delete()) {
      throw new LogException(
          ErrorCode.POLICY_VIOLATION, log().topicPartition() + " does not delete (cleanup.policy)");
    }
    if (offset < HIGH_WATERMARK) {
      throw new LogException(
          ErrorCode.OFFSET_OUT_OF_RANGE, log().topicPartition() + " has no offset " + offset);
    }
    log().deleteRecordsBefore(offset == HIGH_WATERMARK ? log().highWatermark() : offset);
    return log().logStartOffset();
  }

  void add(long offset, long timeoutMs, DeletionListener listener) {
    Waiter waiter = new Waiter(offset, listener);
    waiters.add(waiter);
    waiter.timer =
        shard.schedule(
            Math.max(0, timeoutMs),
            () -> {
              if (waiters.remove(waiter)) {
                listener.onFailed(ErrorCode.REQUEST_TIMED_OUT, lowWatermark);
              }
            });
  }

  boolean isAwaited() {
    return !waiters.isEmpty();
  }

  /** The earliest offset of any live replica, as it is now. */
  void onLowWatermark(long offset) {
    lowWatermark = offset;
    List<Waiter> done = waiters.stream().filter(waiter -> waiter.offset <= offset).toList();
    waiters.removeAll(done);
    for (Waiter waiter : done) {
      waiter.timer.cancel();
      waiter.listener.onGone(offset);
    }
  }

  void failAll(ErrorCode error) {
    List<Waiter> failed = List.copyOf(waiters);
    waiters.clear();
    for (Waiter waiter : failed) {
      waiter.timer.cancel();
      waiter.listener.onFailed(error, -1);
    }
  }

  private static final class Waiter {

    final long offset;
    final DeletionListener listener;
    Timer timer;

    Waiter(long offset, DeletionListener listener) {
      this.offset = offset;
      this.listener = listener;
    }
  }
}
