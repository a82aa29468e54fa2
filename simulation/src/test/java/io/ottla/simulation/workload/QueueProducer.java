package io.ottla.simulation.workload;

import io.ottla.history.History;
import io.ottla.history.History.Promise;
import io.ottla.history.History.Write;
import io.ottla.simulation.client.ClientMetadata;
import io.ottla.simulation.client.ClientNetwork;
import io.ottla.simulation.client.Delivery;
import io.ottla.simulation.client.Producer;
import java.util.function.IntSupplier;

/** Writes values to the partitions of a topic, and tells a history of it. */
final class QueueProducer implements SimulatedClient {

  /** More than may be under way at once, with several of them in a batch. */
  private static final int MAX_BURST = 24;

  private final Surroundings around;
  private final String name;
  private final String topic;
  private final int partitions;
  private final Producer.Kind kind;
  private final Pace pace;
  private final History history;
  private final IntSupplier numbers;
  private ClientNetwork network;
  private Producer producer;
  private Values values;
  private int number;
  private int left;
  private int underWay;
  private long acknowledged;

  /** One that is down. */
  QueueProducer(
      Surroundings around,
      String name,
      String topic,
      int partitions,
      Producer.Kind kind,
      Pace pace,
      History history,
      IntSupplier numbers) {
    this.around = around;
    this.name = name;
    this.topic = topic;
    this.partitions = partitions;
    this.kind = kind;
    this.pace = pace;
    this.history = history;
    this.numbers = numbers;
    this.left = pace.operations();
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public void restart() {
    if (network != null) {
      return;
    }
    network = around.network(name);
    producer = new Producer(network, new ClientMetadata(network), kind);
    number = numbers.getAsInt();
    values = new Values(number);
    pause();
  }

  @Override
  public void crash() {
    if (network != null) {
      network.close();
      network = null;
      underWay = 0;
    }
  }

  void stopIssuing() {
    left = 0;
  }

  boolean isDone() {
    return underWay == 0 && (left == 0 || network == null);
  }

  long acknowledged() {
    return acknowledged;
  }

  private void pause() {
    network.after(pace.nextPauseMs(around), "has its next values", this::sendSome);
  }

  /** Sends a value, or so many that several batches are under way at once. */
  private void sendSome() {
    int count = around.chance(4) == 0 ? 1 + around.chance(MAX_BURST) : 1;
    for (int i = 0; i < count && left > 0; i++) {
      left--;
      underWay++;
      network.after(i, "sends a value", this::send);
    }
    if (left > 0) {
      pause();
    }
  }

  private void send() {
    int partition = around.chance(partitions);
    long value = values.next();
    Write write = history.send(promise(), number, partition, value, around.nowNs());
    producer.send(
        topic,
        partition,
        Values.bytes(value),
        new Delivery() {
          @Override
          public void acknowledged(long offset) {
            underWay--;
            acknowledged++;
            history.acknowledge(
                write, offset == SOMEWHERE ? History.SOMEWHERE : offset, around.nowNs());
          }

          @Override
          public void failed(String why) {
            underWay--;
            history.fail(write, why, around.nowNs());
          }
        });
  }

  private Promise promise() {
    return switch (kind) {
      case LEADER_ONLY -> Promise.NOTHING;
      case ALL -> Promise.AT_LEAST_ONCE;
      case IDEMPOTENT -> Promise.ONCE_IN_ORDER;
    };
  }
}
