package io.ottla.replication;

import io.ottla.log.PartitionLog;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;

/**
 * Who wants to know how far a partition is: fetches that wait for data, and listeners to its high
 * watermark. Told once for each batch of the shard's tasks, however much was done in it.
 *
 * <p>Owned by the partition's shard.
 */
final class PartitionProgress {

  private final Supplier<PartitionLog> log;
  private final DataWaiters logEndWaiters = new DataWaiters();
  private final DataWaiters committedWaiters = new DataWaiters();
  private final DataWaiters stableWaiters = new DataWaiters();
  private final List<HighWatermarkListener> listeners = new ArrayList<>();

  private long toldLogEnd;
  private long toldHighWatermark;
  private long toldLastStable;

  PartitionProgress(Supplier<PartitionLog> log) {
    this.log = log;
    this.toldLogEnd = log().logEndOffset();
    this.toldHighWatermark = log().highWatermark();
    this.toldLastStable = log().lastStableOffset();
  }

  private PartitionLog log() {
    return log.get();
  }

  void addListener(HighWatermarkListener listener) {
    listeners.add(listener);
  }

  void removeListener(HighWatermarkListener listener) {
    listeners.remove(listener);
  }

  void add(DataWaiter waiter, ReadLimit limit) {
    switch (limit) {
      case LOG_END -> logEndWaiters.add(waiter);
      case HIGH_WATERMARK -> committedWaiters.add(waiter);
      case LAST_STABLE -> stableWaiters.add(waiter);
    }
  }

  /** Tells all who wait for what has moved on. */
  void tell() {
    long end = log().logEndOffset();
    if (end > toldLogEnd) {
      toldLogEnd = end;
      logEndWaiters.wakeAll();
    }
    long highWatermark = log().highWatermark();
    if (highWatermark > toldHighWatermark) {
      toldHighWatermark = highWatermark;
      for (int i = 0; i < listeners.size(); i++) {
        listeners.get(i).onHighWatermark(highWatermark);
      }
      committedWaiters.wakeAll();
    }
    long stable = log().lastStableOffset();
    if (stable > toldLastStable) {
      toldLastStable = stable;
      stableWaiters.wakeAll();
    }
  }

  /** The log may have been cut: what comes again is news again. */
  void onCut() {
    toldLogEnd = Math.min(toldLogEnd, log().logEndOffset());
    toldHighWatermark = Math.min(toldHighWatermark, log().highWatermark());
    toldLastStable = Math.min(toldLastStable, log().lastStableOffset());
  }

  /** The partition is something else now: all look again. */
  void wakeAll() {
    logEndWaiters.wakeAll();
    committedWaiters.wakeAll();
    stableWaiters.wakeAll();
  }
}
