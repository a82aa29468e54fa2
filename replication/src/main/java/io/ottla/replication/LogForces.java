package io.ottla.replication;

import io.ottla.log.LogException;
import io.ottla.log.LogFlusher;
import io.ottla.log.PartitionLog;
import io.ottla.runtime.Shard;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;

/**
 * Has one partition's log put on the disk when its settings ask for that, and tells when that is
 * done. Owned by the partition's shard.
 */
final class LogForces {

  /** Told on the shard. */
  interface Listener {

    void onForced();

    void onForceFailed(LogException cause);
  }

  private record Waiter(long offset, Runnable action) {}

  private final PartitionLog log;
  private final LogFlusher flusher;
  private final Shard shard;
  private final Listener listener;
  private final List<Waiter> waiters = new ArrayList<>(0);

  LogForces(PartitionLog log, LogFlusher flusher, Shard shard, Listener listener) {
    this.log = log;
    this.flusher = flusher;
    this.shard = shard;
    this.listener = listener;
  }

  /** Hands the log to the flusher if it wants that by now. */
  void requestIfWanted() {
    if (!log.wantsForce(shard.clock().wallMs())) {
      return;
    }
    log.forceRequested();
    flusher.request(
        log,
        new LogFlusher.Callback() {
          @Override
          public void onForced(LogFlusher.Forced forced) {
            shard.submit(() -> forced(forced));
          }

          @Override
          public void onForceFailed(LogException cause) {
            shard.submit(() -> failed(cause));
          }
        });
  }

  /**
   * Runs an action when all below an offset may count as safe: at once, unless the settings want it
   * on the disk first. Also runs it if that fails: then the log takes no more anyway.
   */
  void whenSafe(long offset, Runnable action) {
    if (log.failure() != null || !log.needsForceBeforeAck(offset - 1)) {
      action.run();
    } else {
      waiters.add(new Waiter(offset, action));
    }
  }

  private void forced(LogFlusher.Forced forced) {
    log.onForced(forced);
    List<Runnable> due = new ArrayList<>();
    for (Iterator<Waiter> it = waiters.iterator(); it.hasNext(); ) {
      Waiter waiter = it.next();
      if (waiter.offset <= log.recoveryPoint() || log.logEndOffset() < waiter.offset) {
        it.remove();
        due.add(waiter.action);
      }
    }
    due.forEach(Runnable::run);
    listener.onForced();
  }

  private void failed(LogException cause) {
    log.onForceFailed(cause);
    release();
    listener.onForceFailed(cause);
  }

  /** Lets all go that wait. */
  void release() {
    List<Waiter> due = List.copyOf(waiters);
    waiters.clear();
    due.forEach(waiter -> waiter.action.run());
  }
}
