package io.ottla.replication;

import io.ottla.log.LogException;
import io.ottla.log.LogFlusher;
import io.ottla.log.PartitionLog;
import io.ottla.runtime.Shard;
import io.ottla.wire.ErrorCode;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.function.Consumer;

/**
 * Has one partition's log put on the disk when its settings ask for that, and tells when that is
 * done. Owned by the partition's shard.
 */
final class LogForces {

  private record Waiter(long offset, CommitListener listener) {}

  /** So long after there was no room it is tried again. */
  private static final int AGAIN_MS = 1_000;

  private final Shard shard;
  private final Runnable onAnswer;
  private final Consumer<LogException> onRefused;
  private final List<Waiter> waiters = new ArrayList<>(0);
  private PartitionLog log;
  private boolean isPausing;
  private LogFlusher flusher;

  /**
   * @param onAnswer run on the shard when the disk has done it, or could not; then the log has
   *     failed
   * @param onRefused told when there was no room; it is tried again later
   */
  LogForces(
      PartitionLog log,
      LogFlusher flusher,
      Shard shard,
      Runnable onAnswer,
      Consumer<LogException> onRefused) {
    this.onRefused = onRefused;
    this.log = log;
    this.flusher = flusher;
    this.shard = shard;
    this.onAnswer = onAnswer;
  }

  /** Hands the log to the flusher if it wants that by now. */
  void requestIfWanted() {
    if (isPausing || !log.wantsForce(shard.clock().wallMs())) {
      return;
    }
    PartitionLog asked = log;
    asked.forceRequested();
    flusher.request(
        asked,
        new LogFlusher.Callback() {
          @Override
          public void onForced(LogFlusher.Forced forced) {
            shard.submit(() -> forced(asked, forced));
          }

          @Override
          public void onForceFailed(LogException cause) {
            shard.submit(() -> failed(asked, cause));
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

  /** Another log with the same records has taken the place of the one so far. */
  void moveTo(PartitionLog other, LogFlusher itsFlusher) {
    log = other;
    flusher = itsFlusher;
    tellSafe();
  }

  private void forced(PartitionLog asked, LogFlusher.Forced forced) {
    asked.onForced(forced);
    tellSafe();
    onAnswer.run();
  }

  private void tellSafe() {
    List<CommitListener> due = new ArrayList<>();
    for (Iterator<Waiter> it = waiters.iterator(); it.hasNext(); ) {
      Waiter waiter = it.next();
      if (waiter.offset <= log.recoveryPoint() || log.logEndOffset() < waiter.offset) {
        it.remove();
        due.add(waiter.listener);
      }
    }
    due.forEach(CommitListener::onCommitted);
  }

  private void failed(PartitionLog asked, LogException cause) {
    asked.onForceFailed(cause);
    if (cause.isPassing()) {
      onRefused.accept(cause);
      isPausing = true;
      var _ =
          shard.schedule(
              AGAIN_MS,
              () -> {
                isPausing = false;
                requestIfWanted();
              });
    } else if (asked == log) { // Else the files are elsewhere by now, and not those that failed.
      failAll(ErrorCode.KAFKA_STORAGE_ERROR);
    }
    onAnswer.run();
  }

  /** Lets all go that wait. */
  void failAll(ErrorCode reason) {
    List<Waiter> due = List.copyOf(waiters);
    waiters.clear();
    due.forEach(waiter -> waiter.listener.onFailed(reason));
  }
}
