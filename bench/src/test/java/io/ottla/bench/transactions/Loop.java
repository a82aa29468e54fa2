package io.ottla.bench.transactions;

import io.ottla.bench.transactions.CommitTimes.Committed;

/** Makes one transaction after the other. Owned by one thread, but for the counts at its end. */
interface Loop extends AutoCloseable {

  /** Readies what must be there before the first transaction. */
  void open() throws InterruptedException;

  /**
   * Makes the next transaction.
   *
   * @return null if there is nothing left to do it with
   */
  Committed next();

  /** How many records were committed, from the first transaction on. */
  long records();

  /** The sum of the numbers in these records. */
  long sumOfNumbers();

  @Override
  void close();
}
