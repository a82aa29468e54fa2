package io.ottla.broker.net;

import io.ottla.log.FileHandles;
import io.ottla.runtime.Clock;
import java.util.concurrent.TimeUnit;
import java.util.function.IntSupplier;

/**
 * How many of the process's file handles are in use: counted now and then, as counting takes the
 * longer the more there are, and in between by what connections come and go. Thread-safe; one for
 * all listeners.
 */
public final class HandleUse {

  private static final long COUNT_AGAIN_NS = TimeUnit.MILLISECONDS.toNanos(500);

  private final Clock clock;
  private final int limit;
  private final IntSupplier count;
  private boolean isCounted;
  private long countedNs;
  private int inUse;

  public HandleUse(Clock clock) {
    this(clock, FileHandles.limit(), FileHandles::inUse);
  }

  /**
   * @param limit that the process may have
   * @param count says how many it has
   */
  HandleUse(Clock clock, int limit, IntSupplier count) {
    this.clock = clock;
    this.limit = limit;
    this.count = count;
  }

  int limit() {
    return limit;
  }

  /** A connection has been accepted. Returns how many are in use with it. */
  synchronized int onOpened() {
    inUse++;
    long nowNs = clock.nowNs();
    if (!isCounted || nowNs - countedNs >= COUNT_AGAIN_NS) {
      isCounted = true;
      countedNs = nowNs;
      inUse = count.getAsInt();
    }
    return inUse;
  }

  /** A connection has been closed. */
  synchronized void onClosed() {
    inUse--;
  }
}
