package io.ottla.replication;

import java.util.ArrayList;
import java.util.List;

/**
 * Fetches that wait for data of one partition. Those that gave up elsewhere (their time was up,
 * another partition had data) are swept out when their number warrants it.
 *
 * <p>Owned by the partition's shard.
 */
final class DataWaiters {

  private static final int SWEEP_FROM = 16;

  private List<DataWaiter> waiters = new ArrayList<>();
  private int sweepAt = SWEEP_FROM;

  void add(DataWaiter waiter) {
    if (waiters.size() >= sweepAt) {
      waiters.removeIf(DataWaiter::isDone);
      sweepAt = Math.max(SWEEP_FROM, 2 * waiters.size());
    }
    waiters.add(waiter);
  }

  void wakeAll() {
    if (waiters.isEmpty()) {
      return;
    }
    List<DataWaiter> woken = waiters;
    waiters = new ArrayList<>();
    for (DataWaiter waiter : woken) {
      waiter.onChange();
    }
  }

  int size() {
    return waiters.size();
  }
}
