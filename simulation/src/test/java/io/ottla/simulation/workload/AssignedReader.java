package io.ottla.simulation.workload;

import io.ottla.simulation.client.ClientMetadata;
import io.ottla.simulation.client.ClientNetwork;
import io.ottla.simulation.client.FetchSink;
import io.ottla.simulation.client.FetchedRecord;
import io.ottla.simulation.client.Fetcher;
import io.ottla.simulation.client.Fetcher.Isolation;
import io.ottla.wire.TopicPartition;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.IntSupplier;

/** Reads partitions from 0 on for as long as it lives; after a crash, as another reader. */
final class AssignedReader implements SimulatedClient {

  /** Whom it tells. */
  interface Observer {
    void read(int reader, TopicPartition partition, FetchedRecord record);
  }

  private final Surroundings around;
  private final String name;
  private final Isolation isolation;
  private final List<TopicPartition> partitions;
  private final IntSupplier numbers;
  private final Observer observer;
  private final Consumer<String> problems;
  private ClientNetwork network;
  private Fetcher fetcher;
  private long records;

  /** One that is down. */
  AssignedReader(
      Surroundings around,
      String name,
      Isolation isolation,
      List<TopicPartition> partitions,
      IntSupplier numbers,
      Observer observer,
      Consumer<String> problems) {
    this.around = around;
    this.name = name;
    this.isolation = isolation;
    this.partitions = partitions;
    this.numbers = numbers;
    this.observer = observer;
    this.problems = problems;
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
    int number = numbers.getAsInt();
    FetchSink sink =
        new FetchSink() {
          @Override
          public void onRecords(TopicPartition from, List<FetchedRecord> some, long next) {
            records += some.size();
            some.forEach(record -> observer.read(number, from, record));
          }

          @Override
          public void onTrouble(TopicPartition from, String what) {
            if (!around.unclean().hasHappened(from)) {
              problems.accept(name + " at " + from + ": " + what);
            } else if (what.startsWith("OFFSET_OUT_OF_RANGE")) {
              network.after(0, "begins anew", () -> fetcher.assign(from, 0));
            }
          }
        };
    fetcher = new Fetcher(network, new ClientMetadata(network), isolation, sink);
    partitions.forEach(partition -> fetcher.assign(partition, 0));
  }

  @Override
  public void crash() {
    if (network != null) {
      network.close();
      network = null;
    }
  }

  /** Whether it has read up to these ends; it is up. */
  boolean isAt(TopicPartition partition, long end) {
    return fetcher.isAt(partition, end);
  }

  /** How many records it was given. */
  long records() {
    return records;
  }
}
