package io.ottla.replication;

import io.ottla.runtime.Clock;
import java.util.Arrays;
import java.util.concurrent.TimeUnit;

/**
 * Holds the replication of throttled replicas to a rate (KIP-73), as a leader or as a follower.
 * Bytes are counted when they are sent or received; while the rate over the last windows is above
 * the bound, throttled replicas that are not in sync have to wait.
 *
 * <p>Thread-safe.
 */
public final class ReplicationQuota {

  /** No bound. */
  public static final long UNLIMITED = Long.MAX_VALUE;

  private final Clock clock;
  private final long windowNs;
  private final long[] bytes;

  // Guarded by this.
  private long currentWindow;
  private long startedNs;

  private volatile long bytesPerSecond = UNLIMITED;

  /**
   * @param windows how many windows count ({@code replication.quota.window.num})
   * @param windowSeconds how long each is ({@code replication.quota.window.size.seconds})
   */
  public ReplicationQuota(Clock clock, int windows, int windowSeconds) {
    this.clock = clock;
    this.windowNs = TimeUnit.SECONDS.toNanos(windowSeconds);
    this.bytes = new long[windows];
    this.startedNs = clock.nowNs();
  }

  /** From now on, another rate ({@code *.replication.throttled.rate}). */
  void setRate(long newBytesPerSecond) {
    bytesPerSecond = newBytesPerSecond;
  }

  /** Counts what was sent or received of throttled replicas. */
  public void record(long count) {
    if (bytesPerSecond == UNLIMITED || count == 0) {
      return;
    }
    synchronized (this) {
      advance();
      bytes[(int) (currentWindow % bytes.length)] += count;
    }
  }

  /** Whether throttled replicas have to wait. */
  public boolean isExceeded() {
    long bound = bytesPerSecond;
    if (bound == UNLIMITED) {
      return false;
    }
    synchronized (this) {
      advance();
      long total = 0;
      for (long window : bytes) {
        total += window;
      }
      double seconds = (double) countedNs() / TimeUnit.SECONDS.toNanos(1);
      return total > bound * seconds;
    }
  }

  /** The time the windows cover: the full ones, and what has passed of the current one. */
  private long countedNs() {
    long elapsed = clock.nowNs() - startedNs;
    long full = Math.min(currentWindow, bytes.length - 1) * windowNs;
    return Math.max(windowNs, full + elapsed % windowNs);
  }

  private void advance() {
    long now = (clock.nowNs() - startedNs) / windowNs;
    if (now - currentWindow >= bytes.length) {
      Arrays.fill(bytes, 0);
    } else {
      for (long window = currentWindow + 1; window <= now; window++) {
        bytes[(int) (window % bytes.length)] = 0;
      }
    }
    currentWindow = now;
  }
}
