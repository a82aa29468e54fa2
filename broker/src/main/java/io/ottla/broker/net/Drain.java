package io.ottla.broker.net;

import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/** Waits until connections have answered what they have in work. */
final class Drain {

  private final CountDownLatch busy;

  private Drain(int connections) {
    this.busy = new CountDownLatch(connections);
  }

  /** Stops reading the connections and begins to wait for each. */
  static Drain of(List<Connection> connections) {
    Drain drain = new Drain(connections.size());
    for (Connection connection : connections) {
      connection.eventLoop().execute(() -> connection.drain(drain.busy::countDown));
    }
    return drain;
  }

  /** Waits for all of them, or for the deadline. */
  void await(long timeoutMs) {
    try {
      boolean unused = busy.await(timeoutMs, TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
