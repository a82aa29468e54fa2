package io.ottla.bench.transactions;

import io.ottla.bench.Clients;
import io.ottla.bench.Sample;
import io.ottla.bench.transactions.Loops.Measured;
import io.ottla.bench.transactions.TransactionPlan.Write;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/** Producers that write short transactions and commit them. */
final class WriteLoad {

  private final Clients clients;
  private final List<Long> brokerPids;
  private final int replicationFactor;
  private int runs;

  WriteLoad(Clients clients, List<Long> brokerPids, int replicationFactor) {
    this.clients = clients;
    this.brokerPids = brokerPids;
    this.replicationFactor = replicationFactor;
  }

  static String group(int producers, int lastMs) {
    String who = producers == 1 ? "1 producer" : producers + " producers";
    return lastMs == 0 ? "back to back, " + who : "a commit every %d ms, %s".formatted(lastMs, who);
  }

  /**
   * Writes to a new topic, and reads it back.
   *
   * @throws io.ottla.bench.MeasurementException if a transaction fails, or what can be read is not
   *     exactly what was committed
   */
  List<Sample> run(Write write) throws IOException, InterruptedException {
    String topic = "written-" + runs++;
    clients.createTopic(topic, TransactionPlan.PARTITIONS, replicationFactor);
    List<WriteLoop> writers = new ArrayList<>();
    for (int i = 0; i < write.producers(); i++) {
      writers.add(new WriteLoop(clients, topic, write, i));
    }
    String group = group(write.producers(), write.lastMs());
    Loops loops = new Loops(group, writers);
    Measured measured = loops.measure(write.warmUpSeconds(), write.seconds(), brokerPids);
    CommittedReadBack.requireAll(clients, loops.committed(topic));
    return LoadMetrics.samples(group, measured.times(), measured.usage());
  }
}
