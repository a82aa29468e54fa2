package io.ottla.coordinator;

import io.ottla.runtime.Shard;
import io.ottla.runtime.Timer;
import io.ottla.wire.ErrorCode;
import java.util.ArrayDeque;
import java.util.Queue;
import java.util.concurrent.TimeUnit;

/**
 * Responses that wait for the high watermark, in the order they were given. Each waits for the
 * offset the log had reached then, so offsets and deadlines both rise from head to tail.
 *
 * <p>Owned by the shard's thread.
 */
final class HeldReplies {

  private record Held<R>(long offset, long deadlineNs, Reply<R> reply, R response) {

    void release() {
      reply.release(response);
    }
  }

  private final Shard shard;
  private final long timeoutMs;
  private final Queue<Held<?>> queue = new ArrayDeque<>();

  /** The end of the log as far as the coordinator has written or read it. */
  private long endOffset;

  private long highWatermark;
  private Timer timer;

  /**
   * @param timeoutMs how long a response may wait before it is replaced by an error
   */
  HeldReplies(Shard shard, long timeoutMs) {
    this.shard = shard;
    this.timeoutMs = timeoutMs;
  }

  int size() {
    return queue.size();
  }

  /** Responses from now on wait for this offset. */
  void onAppended(long newEndOffset) {
    assert newEndOffset >= endOffset : newEndOffset + " < " + endOffset;
    endOffset = newEndOffset;
  }

  <R> void hold(Reply<R> reply, R response) {
    if (endOffset <= highWatermark) {
      reply.release(response);
      return;
    }
    long deadlineNs = shard.clock().nowNs() + TimeUnit.MILLISECONDS.toNanos(timeoutMs);
    queue.add(new Held<>(endOffset, deadlineNs, reply, response));
    if (timer == null) {
      timer = shard.schedule(timeoutMs, this::onTimer);
    }
  }

  void onHighWatermark(long newHighWatermark) {
    highWatermark = Math.max(highWatermark, newHighWatermark);
    for (Held<?> head = queue.peek();
        head != null && head.offset <= highWatermark;
        head = queue.peek()) {
      queue.poll();
      head.release();
    }
  }

  /** Answers all with the error and forgets the log. */
  void failAll(ErrorCode error) {
    for (Held<?> head = queue.poll(); head != null; head = queue.poll()) {
      head.reply.releaseError(error);
    }
    if (timer != null) {
      timer.cancel();
      timer = null;
    }
    endOffset = 0;
    highWatermark = 0;
  }

  private void onTimer() {
    timer = null;
    long nowNs = shard.clock().nowNs();
    for (Held<?> head = queue.peek();
        head != null && head.deadlineNs - nowNs <= 0;
        head = queue.peek()) {
      queue.poll();
      // The records may still be committed later; the client asks again and finds them.
      head.reply.releaseError(ErrorCode.COORDINATOR_NOT_AVAILABLE);
    }
    Held<?> head = queue.peek();
    if (head != null) {
      long remainingNs = head.deadlineNs - nowNs;
      timer = shard.schedule(TimeUnit.NANOSECONDS.toMillis(remainingNs - 1) + 1, this::onTimer);
    }
  }
}
