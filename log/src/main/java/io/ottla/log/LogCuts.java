package io.ottla.log;

import java.util.Arrays;

/**
 * How often a log was cut at its end since it was opened, and to where, the last times. Immutable,
 * for any thread.
 */
final class LogCuts {

  static final LogCuts NONE = new LogCuts(0, new long[0]);

  private static final int REMEMBERED = 16;

  private final int count;

  /** Where the log ended after each of the last cuts. */
  private final long[] ends;

  private LogCuts(int count, long[] ends) {
    this.count = count;
    this.ends = ends;
  }

  int count() {
    return count;
  }

  /** With one more. */
  LogCuts and(long logEndOffset) {
    int keep = Math.min(ends.length, REMEMBERED - 1);
    long[] newEnds = Arrays.copyOfRange(ends, ends.length - keep, ends.length + 1);
    newEnds[keep] = logEndOffset;
    return new LogCuts(count + 1, newEnds);
  }

  /**
   * Below this, nothing was cut since there had been so many cuts: the largest long if there were
   * none since, 0 if they are too long ago.
   */
  long lowestSince(int countThen) {
    int since = count - countThen;
    if (since > ends.length) {
      return 0;
    }
    long lowest = Long.MAX_VALUE;
    for (int i = ends.length - since; i < ends.length; i++) {
      lowest = Math.min(lowest, ends[i]);
    }
    return lowest;
  }
}
