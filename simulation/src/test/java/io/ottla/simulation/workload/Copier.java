package io.ottla.simulation.workload;

import io.ottla.history.TransactionHistory;
import io.ottla.history.TransactionHistory.Consumed;
import io.ottla.history.TransactionHistory.Position;
import io.ottla.history.TransactionHistory.Source;
import io.ottla.history.TransactionHistory.Transaction;
import io.ottla.simulation.client.Ending;
import io.ottla.simulation.client.FetchSink;
import io.ottla.simulation.client.FetchedRecord;
import io.ottla.simulation.client.Fetcher;
import io.ottla.simulation.client.Fetcher.Isolation;
import io.ottla.simulation.client.GroupOffsets;
import io.ottla.simulation.client.GroupPositions;
import io.ottla.simulation.client.TransactionalProducer;
import io.ottla.wire.TopicPartition;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Makes one output of each input of its partitions, with a group's positions in the same
 * transaction. When one is not known to be committed it asks for the positions and goes on there.
 */
final class Copier extends TransactionalClient {

  private static final int PAUSE_MS = 20;

  private final String group;
  private final String output;
  private final int outputs;
  private final List<TopicPartition> partitions;
  private final Map<TopicPartition, Long> positions = new TreeMap<>();
  private final Map<TopicPartition, List<FetchedRecord>> toCopy = new TreeMap<>();
  private Fetcher fetcher;
  private boolean isPlaced;

  Copier(
      Surroundings around,
      String name,
      int number,
      TransactionalProducer.Version version,
      TransactionHistory history,
      String group,
      List<TopicPartition> partitions,
      String output,
      int outputs) {
    super(around, name, number, version, history);
    this.group = group;
    this.partitions = partitions;
    this.output = output;
    this.outputs = outputs;
  }

  String group() {
    return group;
  }

  /** Whether all before these positions is known to be copied. */
  boolean isAt(Map<TopicPartition, Long> ends) {
    return isReady()
        && toCopy.isEmpty()
        && partitions.stream()
            .allMatch(each -> positions.getOrDefault(each, 0L) >= ends.getOrDefault(each, 0L));
  }

  @Override
  void onReady() {
    if (isPlaced) {
      network().after(PAUSE_MS, "copies", this::copy);
    } else {
      place();
    }
  }

  @Override
  void onBroken() {
    isPlaced = false;
    toCopy.clear();
    if (fetcher != null) {
      partitions.forEach(fetcher::unassign);
      fetcher = null;
    }
  }

  private void place() {
    long askedNs = around().nowNs();
    new GroupOffsets(network(), metadata(), coordinators(), group, false)
        .fetch(
            null,
            -1,
            partitions,
            found -> goOn(found, askedNs),
            error -> {
              history().problem(name() + " was refused its positions: " + error);
            });
  }

  private void goOn(Map<TopicPartition, Long> found, long askedNs) {
    fetcher =
        new Fetcher(
            network(),
            metadata(),
            Isolation.READ_COMMITTED,
            new FetchSink() {
              @Override
              public void onRecords(TopicPartition from, List<FetchedRecord> some, long next) {
                if (!some.isEmpty()) {
                  toCopy.computeIfAbsent(from, place -> new ArrayList<>()).addAll(some);
                }
              }

              @Override
              public void onTrouble(TopicPartition from, String what) {
                history().problem(name() + " at " + from + ": " + what);
              }
            });
    for (TopicPartition each : partitions) {
      long position = found.getOrDefault(each, 0L);
      history()
          .position(
              new Position(
                  group, history().partition(each.topic(), each.partition()), position, askedNs));
      positions.put(each, position);
      fetcher.assign(each, position);
    }
    isPlaced = true;
    onReady();
  }

  private void copy() {
    if (!isReady() || isStopping()) {
      return;
    }
    if (toCopy.isEmpty()) {
      network().after(PAUSE_MS, "finds nothing to copy", this::copy);
      return;
    }
    Transaction transaction = begin();
    Map<TopicPartition, Long> reached = new TreeMap<>();
    toCopy.forEach(
        (from, records) -> {
          for (FetchedRecord record : records) {
            send(output, around().chance(outputs), new Source(group, record.number()));
          }
          long next = records.getLast().offset() + 1;
          transaction.consume(
              new Consumed(
                  group,
                  history().partition(from.topic(), from.partition()),
                  positions.get(from),
                  next));
          reached.put(from, next);
        });
    toCopy.clear();
    positions.putAll(reached);
    producer()
        .commitPositions(
            GroupPositions.withoutMember(group, reached),
            new Ending() {
              @Override
              public void done() {
                end();
              }

              @Override
              public void failed(String why) {
                transaction.trouble(why);
                abort();
              }
            });
  }
}
