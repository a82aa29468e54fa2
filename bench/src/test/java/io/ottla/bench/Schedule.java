package io.ottla.bench;

/**
 * When each record of an open loop is due.
 *
 * @param discarded the first so many records are not measured
 * @param total all records, numbered from 0
 */
public record Schedule(long startNs, int ratePerSecond, long discarded, long total) {

  private static final long NS_PER_SECOND = 1_000_000_000L;

  public long dueNs(long number) {
    // Whole seconds apart from the rest: the product of a long run would overflow.
    long seconds = number / ratePerSecond;
    long rest = number % ratePerSecond;
    return startNs + seconds * NS_PER_SECOND + rest * NS_PER_SECOND / ratePerSecond;
  }

  boolean measured(long number) {
    return number >= discarded;
  }

  long sumOfNumbers() {
    return total * (total - 1) / 2;
  }
}
