package io.ottla.bench.transactions;

import org.HdrHistogram.Histogram;

/** How long transactions took. Owned by one thread at a time. */
final class CommitTimes {

  private final Histogram commitUs = new Histogram(3);
  private final Histogram wholeUs = new Histogram(3);
  private long records;

  /**
   * One transaction that was committed, its times of {@link System#nanoTime()}.
   *
   * @param beganNs before it was begun
   * @param committingNs before its end was asked for, its offsets included
   * @param committedNs when its commit had returned
   */
  record Committed(long beganNs, long committingNs, long committedNs, int records) {}

  void add(Committed transaction) {
    commitUs.recordValue((transaction.committedNs() - transaction.committingNs()) / 1000);
    wholeUs.recordValue((transaction.committedNs() - transaction.beganNs()) / 1000);
    records += transaction.records();
  }

  void add(CommitTimes other) {
    commitUs.add(other.commitUs);
    wholeUs.add(other.wholeUs);
    records += other.records;
  }

  long transactions() {
    return commitUs.getTotalCount();
  }

  long records() {
    return records;
  }

  /** From the call that asks for the end of a transaction to its return. */
  Histogram commitUs() {
    return commitUs;
  }

  /** From the begin of a transaction to the return of its commit. */
  Histogram wholeUs() {
    return wholeUs;
  }
}
