package io.ottla.runtime;

/**
 * Where time comes from. Core classes are handed one, or the time itself; only this package and the
 * broker's main read the machine's.
 */
public interface Clock {

  /** Monotonic nanoseconds from an arbitrary origin: for deadlines and durations. */
  long nowNs();

  /** Milliseconds since 1970 (UTC): for what is written down. May jump. */
  long wallMs();

  /** The machine's own clocks. */
  static Clock system() {
    return SystemClock.INSTANCE;
  }
}
