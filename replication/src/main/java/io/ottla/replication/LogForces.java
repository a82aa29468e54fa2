package io.ottla.replication;

import io.ottla.log.LogException;
import io.ottla.log.LogFlusher;
import io.ottla.log.PartitionLog;
import io.ottla.runtime.Shard;
import io.ottla.wire.ErrorCode;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;

/**
 * Has one partition's log put on the disk when its settings ask for that, and tells when that is
 * done. Owned by the partition's shard.
 */
final class LogForces {

  private record Waiter(long offset, CommitListener listener) {}

  private final PartitionLog log;
  private final LogFlusher flusher;
  private final Shard shard;
  private final Runnable onAnswer;
  private final List<Waiter> waiters = new ArrayList<>(0);

  /**
   * @param onAnswer run on the shard when the disk has done it, or could not; then the log has
   *     failed
   */
  LogForces(PartitionLog log, LogFlusher flusher, Shard shard, Runnable onAnswer) {
    this.log = log;
    this.flusher = flusher;
    this.shard = shard;
    this.onAnswer = onAnswer;
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
   * Tells when all below an offset may count as safe: at once, unless the settings want it on the
   * disk first. What is not safe yet is when the batch ends at which the log asks for it.
   */
  void whenSafe(long offset, CommitListener listener) {
    if (log.failure() != null) {
      listener.onFailed(ErrorCode.KAFKA_STORAGE_ERROR);
    } else if (log.needsForceBeforeAck(offset - 1)) {
      waiters.add(new Waiter(offset, listener));
    } else {
      listener.onCommitted();
    }
  }

  private void forced(LogFlusher.Forced forced) {
    log.onForced(forced);
    List<CommitListener> due = new ArrayList<>();
    for (Iterator<Waiter> it = waiters.iterator(); it.hasNext(); ) {
      Waiter waiter = it.next();
      if (waiter.offset <= log.recoveryPoint() || log.logEndOffset() < waiter.offset) {
        it.remove();
        due.add(waiter.listener);
      }
    }
    due.forEach(CommitListener::onCommitted);
    onAnswer.run();
  }

  private void failed(LogException cause) {
    log.onForceFailed(cause);
    failAll(ErrorCode.KAFKA_STORAGE_ERROR);
    onAnswer.run();
  }

  /** Lets all go that wait. */
  void failAll(ErrorCode reason) {
    List<Waiter> due = List.copyOf(waiters);
    waiters.clear();
    due.forEach(waiter -> waiter.listener.onFailed(reason));
  }
}
