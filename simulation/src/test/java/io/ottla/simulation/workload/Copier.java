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
import io.ottla.simulation.client.TransactionalProducer;
import io.ottla.wire.TopicPartition;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;

/**
 * Makes one output of each input of its partitions, with a group's positions in the same
 * transaction. When one is not known to be committed it asks for the positions and goes on there.
 */
final class Copier extends TransactionalClient {

  private static final int PAUSE_MS = 20;

  private final String group;
  private final String output;
  private final int outputs;
  private final Function<Copier, CopierSeat> seats;
  private final Map<TopicPartition, Long> positions = new TreeMap<>();
  private final Map<TopicPartition, List<FetchedRecord>> toCopy = new TreeMap<>();
  private Fetcher fetcher;
  private CopierSeat seat;
  private boolean isPlaced;
  private int turn;

  /**
   * One that is down.
   *
   * @param seats give each life of it what it owns
   */
  Copier(
      Surroundings around,
      String name,
      int number,
      TransactionalProducer.Version version,
      TransactionHistory history,
      String group,
      Function<Copier, CopierSeat> seats,
      String output,
      int outputs) {
    super(around, name, number, version, history);
    this.group = group;
    this.seats = seats;
    this.output = output;
    this.outputs = outputs;
  }

  String group() {
    return group;
  }

  /** Whether it owns a partition, and has copied all before a position of it. */
  boolean isAt(TopicPartition partition, long end) {
    return isUp()
        && isPlaced
        && seat.partitions().contains(partition)
        && positions.getOrDefault(partition, 0L) >= end;
  }

  /** Whether it has nothing under way. */
  boolean isIdle() {
    return isReady() && toCopy.isEmpty();
  }

  @Override
  void onStarted() {
    seat = seats.apply(this);
  }

  /** It owns something else than before. */
  void onMoved() {
    onBroken();
    if (isReady()) {
      onReady();
    }
  }

  @Override
  void onReady() {
    int now = ++turn;
    if (isPlaced) {
      network().after(PAUSE_MS, "copies", () -> copy(now));
    } else if (!seat.partitions().isEmpty()) {
      place(now);
    }
  }

  @Override
  void onBroken() {
    isPlaced = false;
    toCopy.clear();
    if (fetcher != null) {
      fetcher.assignment().forEach(fetcher::unassign);
      fetcher = null;
    }
  }

  private void place(int asked) {
    long askedNs = around().nowNs();
    List<TopicPartition> own = seat.partitions();
    new GroupOffsets(network(), metadata(), coordinators(), group, seat.asker() != null)
        .fetch(
            seat.asker(),
            seat.askerEpoch(),
            own,
            found -> {
              if (asked == turn) {
                goOn(own, found, askedNs);
              }
            },
            error -> {
              seat.onRefused(error);
              network()
                  .afterBackoff(
                      "asks for its positions again",
                      () -> {
                        if (asked == turn) {
                          onReady();
                        }
                      });
            });
  }

  private void goOn(List<TopicPartition> own, Map<TopicPartition, Long> found, long askedNs) {
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
    for (TopicPartition each : own) {
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

  private void copy(int asked) {
    if (asked != turn || !isReady() || isStopping()) {
      return;
    }
    if (toCopy.isEmpty()) {
      network().after(PAUSE_MS, "finds nothing to copy", () -> copy(asked));
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
            seat.at(reached),
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
