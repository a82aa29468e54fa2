package io.ottla.broker.produce;

import java.util.ArrayDeque;
import java.util.Queue;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;

/**
 * Keeps the produce requests of one connection in order while some of them are with a worker.
 *
 * <p>Owned by the connection's event loop. Bounded by the requests one connection may have in work.
 */
final class ProduceLane {

  private final Executor workers;
  private final Queue<PendingProduce> waiting = new ArrayDeque<>();

  ProduceLane(Executor workers) {
    this.workers = workers;
  }

  void take(PendingProduce produce) {
    if (!produce.needsWorker()) {
      produce.check();
      if (waiting.isEmpty()) {
        produce.dispatch();
      } else {
        produce.markChecked();
        waiting.add(produce);
      }
      return;
    }
    waiting.add(produce);
    try {
      workers.execute(
          () -> {
            produce.check();
            produce.eventLoop().execute(() -> onChecked(produce));
          });
    } catch (RejectedExecutionException e) {
      // Its handler answers; those that come after it are not to wait for it.
      waiting.remove(produce);
      throw e;
    }
  }

  private void onChecked(PendingProduce produce) {
    produce.markChecked();
    for (PendingProduce head = waiting.peek();
        head != null && head.isChecked();
        head = waiting.peek()) {
      waiting.poll();
      head.dispatch();
    }
  }
}
