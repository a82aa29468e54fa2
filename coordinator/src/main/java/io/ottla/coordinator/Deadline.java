package io.ottla.coordinator;

import io.ottla.runtime.Shard;
import io.ottla.runtime.Timer;
import java.util.concurrent.TimeUnit;

/**
 * A moment that is mostly put off again before it comes, such as the end of a session. Putting it
 * off writes one field; the timer underneath is moved only when it fires or has to fire earlier.
 *
 * <p>Owned by the shard's thread.
 */
public final class Deadline {

  private final Shard shard;
  private final Runnable action;

  private boolean set;
  private long deadlineNs;

  /** The timer that will look at the deadline, not later than it; null if none runs. */
  private Timer timer;

  private long timerNs;

  Deadline(Shard shard, Runnable action) {
    this.shard = shard;
    this.action = action;
  }

  /** Sets the deadline, or moves it. The action runs once, after that delay from now. */
  public void set(long delayMs) {
    long delayNs = TimeUnit.MILLISECONDS.toNanos(Math.max(0, delayMs));
    deadlineNs = shard.clock().nowNs() + delayNs;
    set = true;
    if (timer != null && timerNs - deadlineNs > 0) {
      timer.cancel();
      timer = null;
    }
    if (timer == null) {
      start(delayMs);
    }
  }

  /** The action will not run, unless the deadline is set again. */
  public void cancel() {
    set = false;
    if (timer != null) {
      timer.cancel();
      timer = null;
    }
  }

  public boolean isSet() {
    return set;
  }

  /** How long ago it came, or would have come; 0 if that is still ahead. */
  public long overdueMs() {
    return Math.max(0, TimeUnit.NANOSECONDS.toMillis(shard.clock().nowNs() - deadlineNs));
  }

  private void start(long delayMs) {
    timerNs = deadlineNs;
    timer = shard.schedule(delayMs, this::onTimer);
  }

  private void onTimer() {
    timer = null;
    long remainingNs = deadlineNs - shard.clock().nowNs();
    if (remainingNs > 0) {
      start(TimeUnit.NANOSECONDS.toMillis(remainingNs - 1) + 1);
    } else {
      set = false;
      action.run();
    }
  }
}
