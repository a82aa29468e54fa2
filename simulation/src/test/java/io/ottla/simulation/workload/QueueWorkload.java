package io.ottla.simulation.workload;

import io.ottla.history.Anomaly;
import io.ottla.history.History;
import io.ottla.history.History.Read;
import io.ottla.history.HistoryChecker;
import io.ottla.simulation.client.ClientNetwork;
import io.ottla.simulation.client.Fetcher.Isolation;
import io.ottla.simulation.client.Producer;
import io.ottla.simulation.client.TopicMaker;
import io.ottla.wire.TopicPartition;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Unique values through a few partitions: producers of all kinds write them, readers follow from
 * the beginning. What was acknowledged has to be there, once and in order where that was promised.
 */
public final class QueueWorkload implements Workload {

  /** Where its values go. */
  public static final String TOPIC = "queue";

  private static final List<Producer.Kind> KINDS =
      List.of(
          Producer.Kind.IDEMPOTENT,
          Producer.Kind.IDEMPOTENT,
          Producer.Kind.ALL,
          Producer.Kind.LEADER_ONLY);

  private final Surroundings around;
  private final int partitions;
  private final History history = new History();
  private final List<QueueProducer> producers = new ArrayList<>();
  private final List<AssignedReader> readers = new ArrayList<>();
  private int numbers;
  private boolean isBegun;
  private boolean isStopped;
  private FinalRead reading;

  /** Four producers, of which two are idempotent, and two readers. */
  public QueueWorkload(Surroundings around, int partitions, Pace pace) {
    this.around = around;
    this.partitions = partitions;
    for (Producer.Kind kind : KINDS) {
      producers.add(
          new QueueProducer(
              around,
              "producer-" + producers.size(),
              TOPIC,
              partitions,
              kind,
              pace,
              history,
              () -> ++numbers));
    }
    for (Isolation isolation : Isolation.values()) {
      readers.add(
          new AssignedReader(
              around,
              "reader-" + readers.size(),
              isolation,
              all(),
              () -> ++numbers,
              (reader, from, record) ->
                  history.read(
                      new Read(reader, from.partition(), record.offset(), record.number())),
              history::problem));
    }
  }

  private List<TopicPartition> all() {
    return IntStream.range(0, partitions)
        .mapToObj(number -> new TopicPartition(TOPIC, number))
        .toList();
  }

  @Override
  public String name() {
    return "queue";
  }

  @Override
  public void begin() {
    ClientNetwork network = around.network("queue-maker");
    new TopicMaker(network)
        .create(
            TOPIC,
            partitions,
            around.replicas(),
            around.topicSettings(TOPIC),
            () -> {
              network.close();
              isBegun = true;
              clients().forEach(SimulatedClient::restart);
            });
  }

  @Override
  public long progress() {
    return producers.stream().mapToLong(QueueProducer::acknowledged).sum();
  }

  @Override
  public void stopIssuing() {
    isStopped = true;
    producers.forEach(QueueProducer::stopIssuing);
  }

  @Override
  public boolean isDone() {
    return (isBegun || isStopped) && producers.stream().allMatch(QueueProducer::isDone);
  }

  @Override
  public void readToEnd() {
    readers.forEach(SimulatedClient::restart);
    reading =
        new FinalRead(
            around,
            "queue-judge",
            Isolation.READ_UNCOMMITTED,
            all(),
            (from, record) ->
                history.readFinally(from.partition(), record.offset(), record.number()),
            history::problem);
  }

  @Override
  public boolean isRead() {
    return reading != null
        && reading.isDone()
        && readers.stream()
            .allMatch(
                reader ->
                    reading.ends().entrySet().stream()
                        .allMatch(each -> reader.isAt(each.getKey(), each.getValue())));
  }

  @Override
  public List<String> anomalies() {
    return HistoryChecker.check(
            history, number -> around.unclean().hasHappened(new TopicPartition(TOPIC, number)))
        .stream()
        .map(Anomaly::toString)
        .toList();
  }

  @Override
  public List<SimulatedClient> clients() {
    List<SimulatedClient> clients = new ArrayList<>(producers);
    clients.addAll(readers);
    return clients;
  }

  /** What the clients saw. */
  public History history() {
    return history;
  }

  @Override
  public String summary() {
    return "queue: %d sent, %d acknowledged, %d failed, %d read, %d in the log"
        .formatted(
            history.writes().size(),
            progress(),
            history.failures().size(),
            readers.stream().mapToLong(AssignedReader::records).sum(),
            history.finalReads().size());
  }
}
