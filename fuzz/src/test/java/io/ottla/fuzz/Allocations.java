package io.ottla.fuzz;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;

/** Holds an input to the heap memory its bytes may cost, whether or not it is kept. */
public final class Allocations {

  private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

  private Allocations() {}

  /**
   * Tries an input, and again if it took too much: the first time, classes may have been loaded.
   *
   * @param most heap bytes it may take
   * @throws AssertionError if it took more, twice
   */
  public static void within(long most, Runnable trial) {
    if (taken(trial) > most) {
      long taken = taken(trial);
      if (taken > most) {
        throw new AssertionError(taken + " heap bytes were allocated, " + most + " are allowed");
      }
    }
  }

  private static long taken(Runnable trial) {
    long before = THREADS.getCurrentThreadAllocatedBytes();
    trial.run();
    return THREADS.getCurrentThreadAllocatedBytes() - before;
  }
}
