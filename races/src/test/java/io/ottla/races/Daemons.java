package io.ottla.races;

import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

/**
 * Threads besides the two of a race, such as the one of a shard. None of them keeps the process
 * that plays the races alive. Any thread.
 */
public final class Daemons {

  /** Far more than a hand-off takes: what has not come by then does not come. */
  private static final long PATIENCE_NS = TimeUnit.SECONDS.toNanos(5);

  private Daemons() {}

  /** Makes something whose threads are daemons, because the one that makes them is. */
  public static <T> T make(Callable<T> maker) {
    FutureTask<T> task = new FutureTask<>(maker);
    Thread thread = new Thread(task, "races-maker");
    thread.setDaemon(true);
    thread.start();
    try {
      return task.get();
    } catch (InterruptedException | ExecutionException e) {
      throw new IllegalStateException(e);
    }
  }

  /** Some threads that run what they are given. */
  public static ExecutorService executor(int threads) {
    return Executors.newFixedThreadPool(
        threads,
        work -> {
          Thread thread = new Thread(work, "races-executor");
          thread.setDaemon(true);
          return thread;
        });
  }

  /** Whether something comes true that another thread has been asked for. */
  public static boolean await(BooleanSupplier condition) {
    long begunNs = System.nanoTime();
    while (!condition.getAsBoolean()) {
      if (System.nanoTime() - begunNs > PATIENCE_NS) {
        return false;
      }
      Thread.onSpinWait();
    }
    return true;
  }
}
