package io.ottla.simulation.workload;

import io.ottla.history.History.Read;
import io.ottla.history.TransactionChecker;
import io.ottla.history.TransactionHistory;
import io.ottla.history.TransactionHistory.Outcome;
import io.ottla.simulation.client.ClientNetwork;
import io.ottla.simulation.client.Fetcher.Isolation;
import io.ottla.simulation.client.TopicMaker;
import io.ottla.simulation.client.TransactionalProducer.Version;
import io.ottla.wire.TopicPartition;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * Values in transactions, and copiers that make one output of each input, exactly once. Readers
 * with and without read_committed follow.
 */
public final class TransactionWorkload implements Workload {

  /** How copiers share their input. */
  public enum Seating {
    /** Each always has the same partitions. */
    FIXED,
    /** As members of a group of the new protocol. */
    MEMBERS,
    /** As members of a classic group. */
    CLASSIC_MEMBERS
  }

  /**
   * Who takes part.
   *
   * @param writers how they talk of transactions; those of version one have no remedy against
   *     requests that come late
   * @param copiers how they do, who share the input's partitions; none: writers write to both
   *     topics
   * @param seating how copiers share
   */
  public record Cast(List<Version> writers, List<Version> copiers, Seating seating) {

    /** Transactions only. */
    public static final Cast WRITERS =
        new Cast(List.of(Version.TWO, Version.TWO, Version.TWO), List.of(), Seating.FIXED);

    /** Copies of what others write in transactions. */
    public static final Cast COPIERS =
        new Cast(
            List.of(Version.TWO, Version.TWO), List.of(Version.TWO, Version.TWO), Seating.FIXED);

    /** Copies by members of a group. */
    public static final Cast MEMBERS =
        new Cast(
            List.of(Version.TWO), List.of(Version.TWO, Version.TWO, Version.TWO), Seating.MEMBERS);

    /** Copies by members of a classic group. */
    public static final Cast CLASSIC_MEMBERS =
        new Cast(
            List.of(Version.TWO),
            List.of(Version.TWO, Version.TWO, Version.TWO),
            Seating.CLASSIC_MEMBERS);
  }

  private final Surroundings around;
  private final String name;
  private final String input;
  private final String output;
  private final int partitions;
  private final TransactionHistory history;
  private final List<TransactionalWriter> writers = new ArrayList<>();
  private final List<Copier> copiers = new ArrayList<>();
  private final List<AssignedReader> committedReaders = new ArrayList<>();
  private final List<AssignedReader> readers = new ArrayList<>();
  private final TransactionJudge judge;
  private int numbers;
  private int made;
  private boolean isStopped;
  private boolean isJudging;

  /** Each writer does so many transactions; copiers copy what there is. */
  public TransactionWorkload(Surroundings around, int partitions, Pace pace, Cast cast) {
    this.around = around;
    this.name =
        cast.copiers().isEmpty()
            ? "transactions"
            : cast.seating() == Seating.FIXED ? "copies" : "shared-copies";
    this.input = name + "-input";
    this.output = name + "-output";
    this.partitions = partitions;
    this.history = new TransactionHistory(List.of(input, output), partitions);
    List<String> targets = cast.copiers().isEmpty() ? List.of(input, output) : List.of(input);
    for (Version version : cast.writers()) {
      int number = ++numbers;
      writers.add(
          new TransactionalWriter(
              around,
              name + "-writer-" + number,
              number,
              version,
              history,
              targets,
              partitions,
              pace));
    }
    for (int i = 0; i < cast.copiers().size(); i++) {
      int number = ++numbers;
      int index = i;
      List<TopicPartition> own =
          of(input).filter(each -> each.partition() % cast.copiers().size() == index).toList();
      Function<Copier, CopierSeat> seats =
          cast.seating() == Seating.FIXED
              ? copier -> new CopierSeat.Fixed(name + "-group", own)
              : copier -> member(copier, cast.seating() == Seating.MEMBERS);
      copiers.add(
          new Copier(
              around,
              name + "-copier-" + number,
              number,
              cast.copiers().get(i),
              history,
              name + "-group",
              seats,
              output,
              partitions));
    }
    for (int i = 0; i < 2; i++) {
      committedReaders.add(reader(name + "-committed-reader-" + i, Isolation.READ_COMMITTED));
    }
    readers.add(reader(name + "-reader-of-open", Isolation.READ_UNCOMMITTED));
    this.judge =
        new TransactionJudge(
            around, name, history, of(input).toList(), all(), List.copyOf(copiers));
  }

  private CopierSeat member(Copier copier, boolean isOfNewProtocol) {
    return new CopierSeat.Member(
        copier.network(),
        copier.metadata(),
        copier.coordinators(),
        name + "-group",
        input,
        isOfNewProtocol,
        copier::onMoved,
        copier::isReady);
  }

  private AssignedReader reader(String name, Isolation isolation) {
    return new AssignedReader(
        around,
        name,
        isolation,
        all(),
        () -> ++numbers,
        (reader, from, record) -> {
          Read read = judge().read(reader, from, record.offset(), record.number());
          if (isolation == Isolation.READ_COMMITTED) {
            history.readCommitted(read, around.nowNs());
          } else {
            history.log().read(read);
          }
        },
        history::problem);
  }

  private TransactionJudge judge() {
    return judge;
  }

  private Stream<TopicPartition> of(String topic) {
    return IntStream.range(0, partitions).mapToObj(number -> new TopicPartition(topic, number));
  }

  private List<TopicPartition> all() {
    return Stream.concat(of(input), of(output)).toList();
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public void begin() {
    ClientNetwork network = around.network(name + "-maker");
    for (String topic : List.of(input, output)) {
      new TopicMaker(network)
          .create(
              topic,
              partitions,
              around.replicas(),
              around.topicSettings(),
              () -> {
                if (++made == 2) {
                  network.close();
                  clients().forEach(SimulatedClient::restart);
                }
              });
    }
  }

  @Override
  public long progress() {
    return history.count(Outcome.COMMITTED);
  }

  @Override
  public void stopIssuing() {
    isStopped = true;
    writers.forEach(TransactionalWriter::stopIssuing);
  }

  @Override
  public boolean isDone() {
    return (made == 2 || isStopped) && writers.stream().allMatch(TransactionalWriter::isDone);
  }

  @Override
  public void readToEnd() {
    // Who is down comes back and ends what it has left open; others have nothing more to do.
    clients().forEach(SimulatedClient::restart);
    isJudging = true;
    judge.begin();
  }

  @Override
  public boolean isRead() {
    return isJudging
        && judge.isDone()
        && committedReaders.stream()
            .allMatch(
                reader ->
                    judge.stable().entrySet().stream()
                        .allMatch(each -> reader.isAt(each.getKey(), each.getValue())))
        && readers.stream()
            .allMatch(
                reader ->
                    judge.ends().entrySet().stream()
                        .allMatch(each -> reader.isAt(each.getKey(), each.getValue())));
  }

  @Override
  public List<String> anomalies() {
    List<String> anomalies = new ArrayList<>(history.problems());
    TransactionChecker.check(history).forEach(anomaly -> anomalies.add(anomaly.toString()));
    return anomalies;
  }

  @Override
  public List<SimulatedClient> clients() {
    List<SimulatedClient> clients = new ArrayList<>(writers);
    clients.addAll(copiers);
    clients.addAll(committedReaders);
    clients.addAll(readers);
    return clients;
  }

  /** What the clients saw. */
  public TransactionHistory history() {
    return history;
  }

  @Override
  public String summary() {
    return "%s: %d transactions, %d committed, %d aborted, %d unknown; %d values, %d committed"
        .formatted(
            name(),
            history.transactions().size(),
            history.count(Outcome.COMMITTED),
            history.count(Outcome.ABORTED),
            history.count(Outcome.UNKNOWN),
            history.log().finalReads().size(),
            history.finalReads().size());
  }
}
