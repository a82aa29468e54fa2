package io.ottla.simulation;

import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicLong;
import org.slf4j.LoggerFactory;

/**
 * Runs seeds one after the other until one is red: {@code FirstRedSeed FROM TO THREADS}. Ends with
 * 0 and says which, with the first line of what was violated; with 1 if none was; with 2 if one
 * ended with something else than a violation.
 */
public final class FirstRedSeed {

  private static final int NONE = 1;
  private static final int NO_VIOLATION = 2;

  private final long to;
  private final AtomicLong next;
  private final TreeMap<Long, Throwable> failures = new TreeMap<>();

  private FirstRedSeed(long from, long to) {
    this.to = to;
    this.next = new AtomicLong(from);
  }

  public static void main(String[] arguments) throws InterruptedException {
    // Whoever logs first makes the loggers, and others would meet them half made.
    var _ = LoggerFactory.getILoggerFactory();
    long from = Long.parseLong(arguments[0]);
    FirstRedSeed search = new FirstRedSeed(from, Long.parseLong(arguments[1]));
    Thread[] threads = new Thread[Integer.parseInt(arguments[2])];
    for (int i = 0; i < threads.length; i++) {
      threads[i] = new Thread(search::run);
      threads[i].start();
    }
    for (Thread thread : threads) {
      thread.join();
    }
    System.exit(search.tell());
  }

  private void run() {
    for (long seed = next.getAndIncrement(); seed <= to && !isFound(); ) {
      try {
        new Simulation(seed).run();
      } catch (Throwable e) {
        synchronized (failures) {
          failures.put(seed, e);
        }
      }
      seed = next.getAndIncrement();
    }
  }

  private boolean isFound() {
    synchronized (failures) {
      return !failures.isEmpty();
    }
  }

  /** The least seed of those found at about the same time. */
  private int tell() {
    if (failures.isEmpty()) {
      System.out.println("none");
      return NONE;
    }
    Throwable failure = failures.firstEntry().getValue();
    String first = String.valueOf(failure.getMessage()).lines().findFirst().orElse("");
    boolean isViolation = isViolation(failure);
    System.out.println(
        "seed " + failures.firstKey() + ": " + (isViolation ? first : failure.toString()));
    failure.printStackTrace(System.err);
    return isViolation ? 0 : NO_VIOLATION;
  }

  /**
   * Assertions say what must be so; what else is thrown, or logged because of it, is an accident.
   */
  private static boolean isViolation(Throwable failure) {
    return failure instanceof AssertionError && !(failure.getCause() instanceof RuntimeException);
  }
}
