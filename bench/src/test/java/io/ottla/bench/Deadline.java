package io.ottla.bench;

import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;

/** Waits for a state by asking again and again, up to a limit. */
public final class Deadline {

  private final String what;
  private final int limitSeconds;
  private final long atNs;

  private Deadline(String what, int limitSeconds) {
    this.what = what;
    this.limitSeconds = limitSeconds;
    this.atNs = System.nanoTime() + TimeUnit.SECONDS.toNanos(limitSeconds);
  }

  /**
   * Begins to count.
   *
   * @param what must come true, for the message
   */
  public static Deadline in(int limitSeconds, String what) {
    return new Deadline(what, limitSeconds);
  }

  /**
   * Returns when the condition holds.
   *
   * @return {@link System#nanoTime()} at that moment
   * @throws MeasurementException if it does not in time
   */
  public long await(long everyMs, BooleanSupplier condition) throws InterruptedException {
    return await(everyMs, condition, () -> "");
  }

  /**
   * Returns when the condition holds.
   *
   * @param state at the end, for the message
   */
  public long await(long everyMs, BooleanSupplier condition, Supplier<String> state)
      throws InterruptedException {
    while (!condition.getAsBoolean()) {
      if (passed()) {
        throw new MeasurementException(
            "not in %d s: %s%n%s".formatted(limitSeconds, what, state.get()));
      }
      TimeUnit.MILLISECONDS.sleep(everyMs);
    }
    return System.nanoTime();
  }

  public boolean passed() {
    return System.nanoTime() - atNs > 0;
  }
}
