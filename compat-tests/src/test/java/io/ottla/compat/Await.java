package io.ottla.compat;

import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.locks.LockSupport;
import org.assertj.core.api.Assertions;

/** Waits for a state by looking again and again until it is there or a deadline has passed. */
public final class Await {
  private static final long PAUSE_NS = Duration.ofMillis(10).toNanos();

  private Await() {}

  /**
   * Returns when the condition holds; fails with the description when it does not within the limit.
   */
  public static void until(String description, Duration limit, Callable<Boolean> condition)
      throws Exception {
    long deadlineNs = System.nanoTime() + limit.toNanos();
    while (!condition.call()) {
      if (System.nanoTime() - deadlineNs > 0) {
        Assertions.fail("Not within %s: %s", limit, description);
      }
      LockSupport.parkNanos(PAUSE_NS);
    }
  }

  /** Returns when so much time has passed since an instant: for faults that have to last. */
  public static void elapsed(long sinceNs, Duration duration) {
    long leftNs;
    while ((leftNs = sinceNs + duration.toNanos() - System.nanoTime()) > 0) {
      LockSupport.parkNanos(leftNs);
    }
  }
}
