package io.ottla.broker.transaction;

/** Runs something after a while, on a thread of the network; it must not block. Any thread. */
@FunctionalInterface
public interface Later {

  void run(Runnable task, long delayMs);
}
