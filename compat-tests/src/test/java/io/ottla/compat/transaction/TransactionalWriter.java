package io.ottla.compat.transaction;

import io.ottla.history.TransactionHistory;
import io.ottla.history.TransactionHistory.Transaction;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** Writes new values to the input, a few of them or many in each transaction. */
public final class TransactionalWriter extends TransactionalClient {
  private static final int FEW = 5;
  private static final int MANY = 200;
  private static final double WITH_MANY = 0.03;
  private static final double DRAWN_OUT = 0.1;
  private static final long BETWEEN_NS = TimeUnit.MILLISECONDS.toNanos(60);
  private static final long DRAWN_OUT_NS = TimeUnit.MILLISECONDS.toNanos(500);

  private final String topic;
  private final int partitions;

  /** Starts a writer; the settings are the producer's. */
  public TransactionalWriter(
      String name,
      Integer client,
      Map<String, String> settings,
      Long seed,
      TransactionHistory history,
      String topic,
      Integer partitions) {
    super(name, client, settings, seed, history);
    this.topic = topic;
    this.partitions = partitions;
    start();
  }

  @Override
  void work() {
    transact(this::write);
    pause((long) (random().nextDouble() * BETWEEN_NS));
  }

  private void write(Transaction transaction) {
    int count = 1 + random().nextInt(random().nextDouble() < WITH_MANY ? MANY : FEW);
    for (int i = 0; i < count; i++) {
      send(transaction, topic, random().nextInt(partitions), null);
    }
    if (random().nextDouble() < DRAWN_OUT) { // time for readers to see what they must not
      pause((long) (random().nextDouble() * DRAWN_OUT_NS));
    }
  }
}
