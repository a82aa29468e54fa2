package io.ottla.runtime;

import java.util.concurrent.TimeUnit;

/** A clock that stands still until it is moved: for tests and the simulation. */
public final class ManualClock implements Clock {

  private volatile long nowNs;
  private volatile long wallMs;

  public ManualClock(long wallMs) {
    this.wallMs = wallMs;
  }

  @Override
  public long nowNs() {
    return nowNs;
  }

  @Override
  public long wallMs() {
    return wallMs;
  }

  /** Moves both clocks. One thread moves a clock. */
  @SuppressWarnings("NonAtomicVolatileUpdate")
  public void advanceMs(long ms) {
    nowNs += TimeUnit.MILLISECONDS.toNanos(ms);
    wallMs += ms;
  }
}
