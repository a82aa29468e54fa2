package io.ottla.simulation.workload;

import io.ottla.history.History.Read;
import io.ottla.history.TransactionHistory;
import io.ottla.simulation.client.ClientMetadata;
import io.ottla.simulation.client.ClientNetwork;
import io.ottla.simulation.client.Coordinators;
import io.ottla.simulation.client.Fetcher.Isolation;
import io.ottla.simulation.client.GroupOffsets;
import io.ottla.wire.TopicPartition;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Lets copiers copy the rest when nobody writes any more, and then reads everything back, with
 * read_committed and without, and where groups are. What does not come to its end in time is told
 * as a problem or shows in the history.
 */
final class TransactionJudge {

  private static final long LIMIT_MS = 45_000;

  private final Surroundings around;
  private final String name;
  private final TransactionHistory history;
  private final List<TopicPartition> inputs;
  private final List<TopicPartition> all;
  private final List<Copier> copiers;
  private final ClientNetwork network;
  private final Map<TopicPartition, Long> ends = new TreeMap<>();
  private final Map<TopicPartition, Long> stable = new TreeMap<>();
  private final Awaiting awaiting;
  private int open;
  private boolean isDone;

  TransactionJudge(
      Surroundings around,
      String name,
      TransactionHistory history,
      List<TopicPartition> inputs,
      List<TopicPartition> all,
      List<Copier> copiers) {
    this.around = around;
    this.name = name;
    this.history = history;
    this.inputs = inputs;
    this.all = all;
    this.copiers = copiers;
    this.network = around.network(name + "-judge");
    this.awaiting = new Awaiting(network, LIMIT_MS, history::problem);
  }

  boolean isDone() {
    return isDone;
  }

  /** How far readers can read that are given everything. */
  Map<TopicPartition, Long> ends() {
    return ends;
  }

  /** How far readers with read_committed can read. */
  Map<TopicPartition, Long> stable() {
    return stable;
  }

  void begin() {
    if (copiers.isEmpty()) {
      awaitEnds();
      return;
    }
    new Stability(
        around,
        name + "-judge-of-inputs",
        inputs,
        LIMIT_MS,
        (stableInputs, inputEnds) -> {
          Map<TopicPartition, Long> last = new TreeMap<>();
          FinalRead[] read = new FinalRead[1];
          read[0] =
              new FinalRead(
                  around,
                  name + "-reader-of-inputs",
                  Isolation.READ_COMMITTED,
                  inputs,
                  (from, record) -> last.put(from, record.offset() + 1),
                  history::problem);
          awaiting.until("the inputs to be read", () -> read[0].isDone(), () -> awaitCopies(last));
        });
  }

  private void awaitCopies(Map<TopicPartition, Long> last) {
    awaiting.until(
        "all to be copied up to " + last,
        () ->
            copiers.stream().allMatch(Copier::isIdle)
                && last.entrySet().stream()
                    .allMatch(
                        each ->
                            copiers.stream()
                                .anyMatch(copier -> copier.isAt(each.getKey(), each.getValue()))),
        () -> {
          copiers.forEach(Copier::stopIssuing);
          awaiting.until(
              "copiers to come to an end",
              () -> copiers.stream().allMatch(Copier::isReady),
              this::awaitEnds);
        });
  }

  private void awaitEnds() {
    new Stability(
        around,
        name + "-judge-of-ends",
        all,
        LIMIT_MS,
        (stableEnds, allEnds) -> {
          ends.putAll(allEnds);
          stable.putAll(stableEnds);
          for (TopicPartition each : all) {
            history.bounds(number(each), stableEnds.get(each), allEnds.get(each));
          }
          readAll();
        });
  }

  private void readAll() {
    FinalRead written =
        new FinalRead(
            around,
            name + "-reader-of-all",
            Isolation.READ_UNCOMMITTED,
            all,
            (from, record) ->
                history.log().readFinally(number(from), record.offset(), record.number()),
            history::problem);
    FinalRead committed =
        new FinalRead(
            around,
            name + "-reader-of-committed",
            Isolation.READ_COMMITTED,
            all,
            (from, record) -> history.readFinally(number(from), record.offset(), record.number()),
            history::problem);
    awaiting.until(
        "all to be read", () -> written.isDone() && committed.isDone(), this::readPositions);
  }

  private void readPositions() {
    Coordinators coordinators = new Coordinators(network);
    ClientMetadata metadata = new ClientMetadata(network);
    for (String group : copiers.stream().map(Copier::group).distinct().toList()) {
      open++;
      new GroupOffsets(network, metadata, coordinators, group, false)
          .fetch(
              null,
              -1,
              inputs,
              found -> {
                for (TopicPartition each : inputs) {
                  history.positionFinally(group, number(each), found.getOrDefault(each, 0L));
                }
                open--;
              },
              error -> history.problem("no positions of " + group + ": " + error));
    }
    awaiting.until(
        "positions",
        () -> open == 0,
        () -> {
          network.close();
          isDone = true;
        });
  }

  private int number(TopicPartition partition) {
    return history.partition(partition.topic(), partition.partition());
  }

  /** A read as histories count partitions. */
  Read read(int reader, TopicPartition from, long offset, long value) {
    return new Read(reader, number(from), offset, value);
  }
}
