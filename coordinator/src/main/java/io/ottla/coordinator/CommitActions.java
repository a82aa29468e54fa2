package io.ottla.coordinator;

import java.util.ArrayDeque;
import java.util.Queue;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What a state machine does once its records are safe, in the order it was asked for. Unlike {@link
 * HeldReplies} nobody waits for it, so it has no deadline.
 *
 * <p>Owned by the shard's thread.
 */
final class CommitActions {

  private static final Logger LOG = LoggerFactory.getLogger(CommitActions.class);

  private record Pending(long offset, Runnable action) {}

  private final Queue<Pending> queue = new ArrayDeque<>();
  private long highWatermark;

  /** Runs the action when the high watermark has reached the offset; at once if it has. */
  void add(long offset, Runnable action) {
    if (offset <= highWatermark) {
      run(action);
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
      run(head.action);
    }
  }

  /** One that fails takes none of the others with it. */
  private static void run(Runnable action) {
    try {
      action.run();
    } catch (RuntimeException | AssertionError e) {
      LOG.error("What was to be done once records of a coordinator were safe failed", e);
    }
  }

  /** Forgets all, and the log. */
  void clear() {
    queue.clear();
    highWatermark = 0;
  }
}
