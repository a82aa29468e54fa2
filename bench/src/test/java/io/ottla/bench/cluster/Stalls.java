package io.ottla.bench.cluster;

import java.util.Arrays;

/**
 * Finds the longest time that a partition went without an acknowledgement while records were sent
 * to it all the time. Each call is for the thread that owns it; times are {@link
 * System#nanoTime()}.
 */
final class Stalls {

  private final long[] lastNs;
  private long longestNs;
  private long longestBeganNs;
  private int longestPartition = -1;

  /**
   * @param startNs from when on gaps count, for every partition
   */
  Stalls(int partitions, long startNs) {
    lastNs = new long[partitions];
    Arrays.fill(lastNs, startNs);
  }

  /**
   * An acknowledgement arrived; what arrived before the start, or out of order, counts for nothing.
   */
  void acknowledged(int partition, long atNs) {
    gap(partition, atNs);
    if (atNs - lastNs[partition] > 0) {
      lastNs[partition] = atNs;
    }
  }

  /** Ends the watch: a partition that waits still has stalled until now. */
  void end(long atNs) {
    for (int partition = 0; partition < lastNs.length; partition++) {
      acknowledged(partition, atNs);
    }
  }

  private void gap(int partition, long atNs) {
    long gapNs = atNs - lastNs[partition];
    if (gapNs > longestNs) {
      longestNs = gapNs;
      longestBeganNs = lastNs[partition];
      longestPartition = partition;
    }
  }

  double longestMs() {
    return longestNs / 1e6;
  }

  /** When the longest began. */
  long longestBeganNs() {
    return longestBeganNs;
  }

  /** Where the longest was, -1 before there was any. */
  int longestPartition() {
    return longestPartition;
  }
}
