package io.ottla.replication;

import io.ottla.runtime.Shard;
import io.ottla.runtime.Timer;
import io.ottla.wire.ErrorCode;
import java.util.ArrayDeque;

/**
 * Who waits for the high watermark of one partition to pass an offset. Appends come in ascending
 * order; a duplicate, whose offsets are old, waits with the newest.
 *
 * <p>Owned by the partition's shard.
 */
final class CommitWaiters {

  private final Shard shard;
  private final ArrayDeque<Waiter> waiters = new ArrayDeque<>();

  CommitWaiters(Shard shard) {
    this.shard = shard;
  }

  void add(long endOffset, long timeoutMs, CommitListener listener) {
    Waiter newest = waiters.peekLast();
    long inOrder = newest == null ? endOffset : Math.max(endOffset, newest.endOffset);
    waiters.add(new Waiter(inOrder, timeoutMs, listener));
  }

  /**
   * Lets go of those whose offset is reached; starts the clock of those that must wait on.
   *
   * @param outcome NONE, or what those are told whose records are committed, but in fewer replicas
   *     than they wanted
   */
  void onHighWatermark(long highWatermark, ErrorCode outcome) {
    if (waiters.isEmpty()) {
      return;
    }
    for (Waiter head = waiters.peek();
        head != null && head.endOffset <= highWatermark;
        head = waiters.peek()) {
      waiters.poll();
      head.end(outcome);
    }
    // From the newest back: those before it already have their timers.
    var newestFirst = waiters.descendingIterator();
    while (newestFirst.hasNext()) {
      Waiter waiter = newestFirst.next();
      if (waiter.timer != null) {
        break;
      }
      waiter.timer = shard.schedule(waiter.timeoutMs, () -> expire(waiter));
    }
  }

  private void expire(Waiter waiter) {
    waiters.remove(waiter);
    waiter.timer = null;
    waiter.end(ErrorCode.REQUEST_TIMED_OUT);
  }

  void failAll(ErrorCode error) {
    for (Waiter waiter = waiters.poll(); waiter != null; waiter = waiters.poll()) {
      waiter.end(error);
    }
  }

  int size() {
    return waiters.size();
  }

  private static final class Waiter {

    final long endOffset;
    final long timeoutMs;
    final CommitListener listener;
    Timer timer;

    Waiter(long endOffset, long timeoutMs, CommitListener listener) {
      this.endOffset = endOffset;
      this.timeoutMs = timeoutMs;
      this.listener = listener;
    }

    void end(ErrorCode outcome) {
      if (timer != null) {
        timer.cancel();
      }
      if (outcome == ErrorCode.NONE) {
        listener.onCommitted();
      } else {
        listener.onFailed(outcome);
      }
    }
  }
}
