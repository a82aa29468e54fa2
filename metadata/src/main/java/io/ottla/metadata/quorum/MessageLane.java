package io.ottla.metadata.quorum;

import java.util.ArrayDeque;
import java.util.Queue;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;

/**
 * Runs tasks one after the other on an executor, so that what one voter sends is handled in order
 * and takes one thread at most. Bounded: whoever sends without waiting for answers is refused.
 */
final class MessageLane {

  private static final int CAPACITY = 16;

  private final Executor executor;
  private final Queue<Runnable> waiting = new ArrayDeque<>();
  private boolean running;

  MessageLane(Executor executor) {
    this.executor = executor;
  }

  /**
   * Any thread; does not block. The task must not throw.
   *
   * @return false if too much is waiting, or the executor takes no more
   */
  synchronized boolean offer(Runnable task) {
    if (running) {
      return waiting.size() < CAPACITY && waiting.add(task);
    }
    running = true;
    try {
      executor.execute(() -> runFrom(task));
    } catch (RejectedExecutionException e) {
      running = false;
      return false;
    }
    return true;
  }

  private void runFrom(Runnable first) {
    for (Runnable next = first; next != null; next = takeNext()) {
      next.run();
    }
  }

  private synchronized Runnable takeNext() {
    Runnable next = waiting.poll();
    running = next != null;
    return next;
  }
}
