package io.ottla.simulation.workload;

import io.ottla.history.History;
import io.ottla.history.History.Edge;
import io.ottla.history.History.EdgeSeen;
import io.ottla.history.HistoryChecker;
import io.ottla.history.TransactionHistory;
import io.ottla.simulation.client.ClientMetadata;
import io.ottla.simulation.client.ClientNetwork;
import io.ottla.simulation.client.Fetcher.Isolation;
import io.ottla.simulation.client.OffsetLookup;
import io.ottla.simulation.client.Producer;
import io.ottla.simulation.client.TopicMaker;
import io.ottla.simulation.client.TransactionalProducer;
import io.ottla.wire.TopicPartition;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Observers ask where partitions begin and end, and how far they are stable, while others write,
 * some of it in transactions: for one and the same client that never goes back.
 */
public final class EdgesWorkload implements Workload {

  private static final String TOPIC = "edges";
  private static final int OBSERVERS = 2;

  private final Surroundings around;
  private final int partitions;
  private final History history = new History();
  private final QueueProducer producer;
  private final TransactionalWriter writer;
  private final List<EdgeObserver> observers = new ArrayList<>();
  private final Map<Integer, Long> ends = new TreeMap<>();
  private int numbers;
  private boolean isBegun;
  private boolean isStopped;

  public EdgesWorkload(Surroundings around, int partitions, Pace pace) {
    this.around = around;
    this.partitions = partitions;
    this.producer =
        new QueueProducer(
            around,
            "edges-producer",
            TOPIC,
            partitions,
            Producer.Kind.IDEMPOTENT,
            pace,
            new History(),
            () -> ++numbers);
    this.writer =
        new TransactionalWriter(
            around,
            "edges-writer",
            1,
            TransactionalProducer.Version.TWO,
            new TransactionHistory(List.of(TOPIC), partitions),
            List.of(TOPIC),
            partitions,
            pace);
    for (int i = 0; i < OBSERVERS; i++) {
      observers.add(
          new EdgeObserver(
              around, "edges-observer-" + i, TOPIC, partitions, history, () -> ++numbers));
    }
  }

  @Override
  public String name() {
    return "edges";
  }

  @Override
  public void begin() {
    ClientNetwork network = around.network("edges-maker");
    new TopicMaker(network)
        .create(
            TOPIC,
            partitions,
            around.replicas(),
            around.topicSettings(),
            () -> {
              network.close();
              isBegun = true;
              clients().forEach(SimulatedClient::restart);
            });
  }

  @Override
  public long progress() {
    return history.edges().size();
  }

  @Override
  public void stopIssuing() {
    isStopped = true;
    producer.stopIssuing();
    writer.stopIssuing();
  }

  @Override
  public boolean isDone() {
    return (isBegun || isStopped) && producer.isDone() && writer.isDone();
  }

  /**
   * What has been seen up to now is to be there. Ends may rise still, by the markers of a
   * transaction that has ended, so that nobody asks for them later than the judge.
   */
  @Override
  public void readToEnd() {
    observers.forEach(EdgeObserver::crash);
    ClientNetwork network = around.network("edges-judge");
    OffsetLookup offsets = new OffsetLookup(network, new ClientMetadata(network));
    for (int i = 0; i < partitions; i++) {
      int number = i;
      offsets.find(
          new TopicPartition(TOPIC, i),
          OffsetLookup.LATEST,
          Isolation.READ_UNCOMMITTED,
          end -> {
            ends.put(number, end);
            if (ends.size() == partitions) {
              network.close();
            }
          });
    }
  }

  @Override
  public boolean isRead() {
    return ends.size() == partitions;
  }

  @Override
  public List<String> anomalies() {
    List<String> anomalies = new ArrayList<>();
    HistoryChecker.check(history).forEach(each -> anomalies.add(each.toString()));
    for (EdgeSeen seen : history.edges()) {
      if (seen.offset() > ends.get(seen.partition())) {
        anomalies.add("%s, and in the end it is at %d".formatted(seen, ends.get(seen.partition())));
      }
    }
    return anomalies;
  }

  @Override
  public List<SimulatedClient> clients() {
    List<SimulatedClient> clients = new ArrayList<>(List.of(producer, writer));
    clients.addAll(observers);
    return clients;
  }

  @Override
  public String summary() {
    return "edges: %d answers, of which %d stable, ends %s"
        .formatted(
            progress(),
            history.edges().stream().filter(seen -> seen.edge() == Edge.STABLE).count(),
            ends);
  }
}
