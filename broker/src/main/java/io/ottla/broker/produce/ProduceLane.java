package io.ottla.broker.produce;

import java.util.ArrayDeque;
import java.util.Queue;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;

/**
 * Keeps the produce requests of one connection in order while some of them are with a worker, or
 * wait for a coordinator of transactions.
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
    if (produce.needsWorker()) {
      checkElsewhere(produce);
      return;
    }
    produce.check();
    if (produce.needsJoin()) {
      waiting.add(produce);
      produce.join(() -> produce.eventLoop().execute(() -> onReady(produce)));
    } else if (waiting.isEmpty()) {
      produce.dispatch();
    } else {
      produce.markReady();
      waiting.add(produce);
    }
  }

  private void checkElsewhere(PendingProduce produce) {
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
    if (produce.needsJoin()) {
      produce.join(() -> produce.eventLoop().execute(() -> onReady(produce)));
    } else {
      onReady(produce);
    }
  }

  private void onReady(PendingProduce produce) {
    produce.markReady();
    for (PendingProduce head = waiting.peek();
        head != null && head.isReady();
        head = waiting.peek()) {
      waiting.poll();
      head.dispatch();
    }
  }
}
