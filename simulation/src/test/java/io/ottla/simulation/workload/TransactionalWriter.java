package io.ottla.simulation.workload;

import io.ottla.history.TransactionHistory;
import io.ottla.simulation.client.TransactionalProducer;
import java.util.List;

/** Writes a few values in each transaction, with pauses, to any partitions of its topics. */
final class TransactionalWriter extends TransactionalClient {

  private static final int MAX_VALUES = 4;

  private final List<String> topics;
  private final int partitions;
  private final Pace pace;
  private int left;

  TransactionalWriter(
      Surroundings around,
      String name,
      int number,
      TransactionalProducer.Version version,
      TransactionHistory history,
      List<String> topics,
      int partitions,
      Pace pace) {
    super(around, name, number, version, history);
    this.topics = topics;
    this.partitions = partitions;
    this.pace = pace;
    this.left = pace.operations();
  }

  @Override
  void stopIssuing() {
    super.stopIssuing();
    left = 0;
  }

  /** Whether it has nothing left to do; if it is down, that is so when it is to do no more. */
  boolean isDone() {
    return left == 0 && (isReady() || !isUp());
  }

  @Override
  void onReady() {
    pause(this::transact);
  }

  @Override
  void onBroken() {
    // The next transaction does not depend on it.
  }

  private void pause(Runnable then) {
    network().after(pace.nextPauseMs(around()), "goes on", then);
  }

  private void transact() {
    if (left > 0) {
      left--;
      begin();
      write(1 + around().chance(MAX_VALUES));
    }
  }

  private void write(int count) {
    if (count == 0 || !producer().isOpen()) {
      end();
      return;
    }
    send(topics.get(around().chance(topics.size())), around().chance(partitions), null);
    if (around().chance(2) == 0) {
      write(count - 1);
    } else {
      pause(() -> write(count - 1));
    }
  }
}
