package io.ottla.bench.transactions;

/**
 * How many partitions each loop of a group has been given. Loops wait for the moment when all have
 * some, and every partition has one: a rebalance later would end a transaction. Any thread may
 * call.
 */
final class Shares {

  private final int[] held;
  private final int partitions;

  Shares(int loops, int partitions) {
    this.held = new int[loops];
    this.partitions = partitions;
  }

  synchronized void given(int loop, int count) {
    held[loop] += count;
  }

  synchronized void taken(int loop, int count) {
    held[loop] -= count;
  }

  synchronized boolean complete() {
    int sum = 0;
    for (int count : held) {
      if (count == 0) {
        return false;
      }
      sum += count;
    }
    return sum == partitions;
  }
}
