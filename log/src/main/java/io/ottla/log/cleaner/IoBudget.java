package io.ottla.log.cleaner;

/**
 * How long those who spend bytes must wait so that all together keep a rate. Any thread; time comes
 * in.
 */
public final class IoBudget {

  /** What was not used for so long is lost. */
  private static final double BURST_S = 0.3;

  private static final double NANOS = 1e9;

  private double bytesPerSecond;
  private double freeAtNs;
  private boolean begun;

  /**
   * @param bytesPerSecond the rate; at or above Long.MAX_VALUE there is no limit
   */
  public IoBudget(double bytesPerSecond) {
    this.bytesPerSecond = bytesPerSecond;
  }

  /** From now on, another rate. */
  public synchronized void rate(double newBytesPerSecond) {
    bytesPerSecond = newBytesPerSecond;
  }

  /** Takes bytes; returns for how many nanoseconds whoever spends them has to wait. */
  public synchronized long spend(long bytes, long nowNs) {
    if (bytesPerSecond >= Long.MAX_VALUE) {
      return 0;
    }
    double earliest = nowNs - BURST_S * NANOS;
    freeAtNs = begun ? Math.max(freeAtNs, earliest) : nowNs;
    begun = true;
    freeAtNs += bytes / Math.max(bytesPerSecond, 1) * NANOS;
    return (long) Math.max(0, freeAtNs - nowNs);
  }
}
