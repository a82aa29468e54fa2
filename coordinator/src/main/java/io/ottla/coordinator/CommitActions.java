package io.ottla.coordinator;

import java.util.ArrayDeque;
import java.util.Queue;

/**
 * What a state machine does once its records are safe, in the order it was asked for. Unlike {@link
 * HeldReplies} nobody waits for it, so it has no deadline.
 *
 * <p>Owned by the shard's thread.
 */
final class CommitActions {

  private record Pending(long offset, Runnable action) {}

  private final Queue<Pending> queue = new ArrayDeque<>();
  private long highWatermark;

  /** Runs the action when the high watermark has reached the offset; at once if it has. */
  void add(long offset, Runnable action) {
    if (offset <= highWatermark) {
      action.run();
    } else {
      queue.add(new Pending(offset, action));
    }
  }

  void onHighWatermark(long newHighWatermark) {
    highWatermark = Math.max(highWatermark, newHighWatermark);
    for (Pending head = queue.peek();
        head != null && head.offset <= highWatermark;
        head = queue.peek()) {
      queue.poll();
      head.action.run();
    }
  }

  /** Forgets all, and the log. */
  void clear() {
    queue.clear();
    highWatermark = 0;
  }
}
