package io.ottla.simulation.workload;

import io.ottla.history.History;
import io.ottla.history.History.Edge;
import io.ottla.history.History.EdgeSeen;
import io.ottla.simulation.client.ClientMetadata;
import io.ottla.simulation.client.ClientNetwork;
import io.ottla.simulation.client.Fetcher.Isolation;
import io.ottla.simulation.client.OffsetLookup;
import io.ottla.wire.TopicPartition;
import java.util.function.IntSupplier;

/** Asks for one edge of a partition after the other; after a crash, as another observer. */
final class EdgeObserver implements SimulatedClient {

  private static final int PAUSE_MS = 100;

  private final Surroundings around;
  private final String name;
  private final String topic;
  private final int partitions;
  private final History history;
  private final IntSupplier numbers;
  private ClientNetwork network;
  private OffsetLookup offsets;
  private int number;

  /** One that is down. */
  EdgeObserver(
      Surroundings around,
      String name,
      String topic,
      int partitions,
      History history,
      IntSupplier numbers) {
    this.around = around;
    this.name = name;
    this.topic = topic;
    this.partitions = partitions;
    this.history = history;
    this.numbers = numbers;
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public void restart() {
    if (network == null) {
      network = around.network(name);
      offsets = new OffsetLookup(network, new ClientMetadata(network));
      number = numbers.getAsInt();
      ask();
    }
  }

  @Override
  public void crash() {
    if (network != null) {
      network.close();
      network = null;
    }
  }

  private void ask() {
    int partition = around.chance(partitions);
    Edge edge = Edge.values()[around.chance(Edge.values().length)];
    offsets.find(
        new TopicPartition(topic, partition),
        edge == Edge.EARLIEST ? OffsetLookup.EARLIEST : OffsetLookup.LATEST,
        edge == Edge.STABLE ? Isolation.READ_COMMITTED : Isolation.READ_UNCOMMITTED,
        offset -> {
          history.edge(new EdgeSeen(number, partition, edge, offset));
          network.after(around.chance(2 * PAUSE_MS), "asks for an edge", this::ask);
        });
  }
}
