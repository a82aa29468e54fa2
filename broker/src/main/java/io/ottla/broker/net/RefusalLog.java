package io.ottla.broker.net;

import io.ottla.runtime.Clock;
import java.net.InetAddress;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells of connections that were not taken: of the first at once, of all that follow within some
 * seconds in one line, however many they are. Any thread.
 */
final class RefusalLog {

  private static final Logger LOG = LoggerFactory.getLogger(RefusalLog.class);

  /** What says how many files and connections a process may have open. */
  static final String HANDLES = "ulimit -n";

  private static final long INTERVAL_NS = TimeUnit.SECONDS.toNanos(10);

  private final Clock clock;
  private long toldNs;
  private long untold = -1;

  RefusalLog(Clock clock) {
    this.clock = clock;
  }

  /**
   * @param limit what says how many there may be
   */
  void refused(InetAddress address, String limit) {
    long others = take();
    if (others == 0) {
      LOG.warn("Refusing a connection from {}: {} is reached", address, limit);
    } else if (others > 0) {
      LOG.warn(
          "Refusing a connection from {}: {} is reached. {} others were refused since the last line"
              + " like this",
          address,
          limit,
          others);
    }
  }

  /** The system did not even let connections be accepted. */
  void acceptFailed(String listener, Throwable cause) {
    if (take() >= 0) {
      LOG.warn(
          "Connections to {} cannot be accepted: {}. If the process has too many files open, raise"
              + " its limit ({}), or lower max.connections",
          listener,
          cause.getMessage(),
          HANDLES);
    }
  }

  /** How many were not told of before this one, which is; -1 if this one is not told of either. */
  private synchronized long take() {
    long nowNs = clock.nowNs();
    if (untold >= 0 && nowNs - toldNs < INTERVAL_NS) {
      untold++;
      return -1;
    }
    long others = Math.max(untold, 0);
    toldNs = nowNs;
    untold = 0;
    return others;
  }
}
