package io.ottla.simulation;

import io.ottla.runtime.Clock;
import java.util.concurrent.TimeUnit;

/** The clocks of one machine: they drift, and the wall clock jumps. */
public final class NodeClock implements Clock {

  static final long EPOCH_MS = 1_800_000_000_000L;

  private final Timeline timeline;
  private double rate = 1;
  private long turnedAtNs;
  private long nowAtTurnNs;
  private long wallOffsetMs;

  public NodeClock(Timeline timeline) {
    this.timeline = timeline;
  }

  /** From now on, a second of this machine's takes another time. */
  public void drift(double newRate) {
    nowAtTurnNs = nowNs();
    turnedAtNs = timeline.nowNs();
    rate = newRate;
  }

  /** The wall clock is set. */
  public void jumpMs(long ms) {
    wallOffsetMs += ms;
  }

  /** The wall clock is set right, if it is off by more than this. */
  public void setRight(long toleratedMs) {
    if (Math.abs(wallMs() - EPOCH_MS - timeline.nowMs()) > toleratedMs) {
      wallOffsetMs = timeline.nowMs() - TimeUnit.NANOSECONDS.toMillis(nowNs());
    }
  }

  @Override
  public long nowNs() {
    return nowAtTurnNs + (long) ((timeline.nowNs() - turnedAtNs) * rate);
  }

  @Override
  public long wallMs() {
    return EPOCH_MS + TimeUnit.NANOSECONDS.toMillis(nowNs()) + wallOffsetMs;
  }

  /** How long of the simulation's time it is until this clock shows a time. */
  long untilNs(long deadlineNs) {
    long left = deadlineNs - nowNs();
    return left <= 0 ? 0 : (long) Math.ceil(left / rate);
  }
}
