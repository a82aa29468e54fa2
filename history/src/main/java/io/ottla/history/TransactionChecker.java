package io.ottla.history;

import io.ottla.history.Anomaly.Kind;
import io.ottla.history.History.Read;
import io.ottla.history.History.Write;
import io.ottla.history.TransactionHistory.Bounds;
import io.ottla.history.TransactionHistory.CommittedRead;
import io.ottla.history.TransactionHistory.Consumed;
import io.ottla.history.TransactionHistory.Outcome;
import io.ottla.history.TransactionHistory.Position;
import io.ottla.history.TransactionHistory.Source;
import io.ottla.history.TransactionHistory.Transaction;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * Judges a {@link TransactionHistory} by what transactions promise: all of one is there or nothing,
 * once and in order, nobody with read_committed sees anything of one that is not committed, and a
 * group that reads, processes and writes makes one output of each input. A transaction of which no
 * client knows how it ended counts as committed if anything of it is there: then all of it has to
 * be. One run through the history for each rule; what holds for any log, {@link HistoryChecker}
 * judges, of what was written and of what is committed.
 */
public final class TransactionChecker {
  private static final int SHOWN_OF_A_KIND = 20;

  private record Partition(String group, int partition) {}

  private record Move(Transaction transaction, long to) {}

  private final TransactionHistory history;
  private final List<Anomaly> anomalies = new ArrayList<>();
  private final Map<Kind, Integer> found = new HashMap<>();
  private final Map<Long, Transaction> writers = new HashMap<>();
  private final Map<Long, Read> visible = new HashMap<>();
  private final Set<Transaction> committed = new LinkedHashSet<>();

  private TransactionChecker(TransactionHistory history) {
    this.history = history;
  }

  /** All anomalies, or the first of each kind where there are many; none if all is well. */
  public static List<Anomaly> check(TransactionHistory history) {
    TransactionChecker checker = new TransactionChecker(history);
    checker.anomalies.addAll(HistoryChecker.check(history.log()));
    checker.anomalies.addAll(HistoryChecker.check(checker.whatIsCommitted()));
    checker.index();
    checker.checkOutcomes();
    checker.checkBothViews();
    checker.checkReads();
    checker.checkBounds();
    checker.checkPositions();
    checker.checkInputs();
    return checker.anomalies;
  }

  private void report(Kind kind, String detail, Object... arguments) {
    if (found.merge(kind, 1, Integer::sum) <= SHOWN_OF_A_KIND) {
      anomalies.add(new Anomaly(kind, detail.formatted(arguments)));
    }
  }

  /** The log as it looks with read_committed: nothing in it is known to be acknowledged. */
  private History whatIsCommitted() {
    History view = new History();
    for (Write write : history.log().writes()) {
      view.send(write.producer(), write.partition(), write.value(), write.sentNs());
    }
    history.reads().forEach(read -> view.read(read.read()));
    history
        .finalReads()
        .forEach(read -> view.readFinally(read.partition(), read.offset(), read.value()));
    return view;
  }

  private void index() {
    for (Transaction transaction : history.transactions()) {
      transaction.writes().forEach(write -> writers.put(write.value(), transaction));
    }
    history.finalReads().forEach(read -> visible.put(read.value(), read));
  }

  /** All of what is committed is visible, nothing of what is not, and no outcome lies between. */
  private void checkOutcomes() {
    for (Transaction transaction : history.transactions()) {
      List<Long> there = new ArrayList<>();
      List<Long> missing = new ArrayList<>();
      for (Write write : transaction.writes()) {
        (visible.containsKey(write.value()) ? there : missing).add(write.value());
      }
      if (transaction.isOutOfSight()) {
        there.forEach(
            value -> report(Kind.ABORTED_READ, "value %d of %s is there", value, transaction));
        continue;
      }
      if (transaction.outcome() == Outcome.COMMITTED) {
        committed.add(transaction);
        missing.forEach(
            value -> report(Kind.LOST, "value %d of %s is not there", value, transaction));
      } else if (!there.isEmpty()) {
        committed.add(transaction);
      }
      if (!there.isEmpty() && !missing.isEmpty()) {
        report(Kind.TORN, "of %s %s are there, %s are not", transaction, there, missing);
      }
    }
  }

  /** What is committed was written, and is at its place. */
  private void checkBothViews() {
    Set<Read> written = new HashSet<>(history.log().finalReads());
    for (Read read : history.finalReads()) {
      if (!written.contains(read)) {
        report(
            Kind.INCONSISTENT_OFFSET,
            "read_committed shows %s, and read_uncommitted does not",
            read);
      }
    }
  }

  private void checkReads() {
    for (CommittedRead each : history.reads()) {
      Transaction transaction = writers.get(each.read().value());
      if (transaction == null) {
        continue; // nobody sent it, which has been found
      }
      if (transaction.isOutOfSight()) {
        report(Kind.ABORTED_READ, "%s of %s", each.read(), transaction);
      } else if (each.atNs() - transaction.commitBegunNs() < 0) {
        report(
            Kind.UNCOMMITTED_READ,
            "%s of %s, %,d ns before its commit was asked for",
            each.read(),
            transaction,
            transaction.commitBegunNs() - each.atNs());
      }
    }
  }

  private void checkBounds() {
    for (Bounds bounds : history.bounds()) {
      if (bounds.stable() < bounds.end()) {
        report(Kind.HANGING, "%s", bounds);
      }
    }
  }

  /**
   * Members go on, and groups end, where a committed transaction has brought them, not behind one
   * whose commit was confirmed before they asked.
   */
  private void checkPositions() {
    Map<Partition, TreeSet<Long>> reached = new HashMap<>();
    Map<Partition, TreeMap<Long, Move>> confirmed = new HashMap<>();
    for (Transaction transaction : committed) {
      for (Consumed consumed : transaction.consumed()) {
        Partition partition = new Partition(consumed.group(), consumed.partition());
        reached.computeIfAbsent(partition, some -> new TreeSet<>()).add(consumed.to());
        if (transaction.outcome() == Outcome.COMMITTED) {
          confirmed
              .computeIfAbsent(partition, some -> new TreeMap<>())
              .put(transaction.endedNs(), new Move(transaction, consumed.to()));
        }
      }
    }
    confirmed.values().forEach(TransactionChecker::makeAscending);
    for (Position position : history.positions()) {
      Partition partition = new Partition(position.group(), position.partition());
      if (position.position() != 0
          && !reached.getOrDefault(partition, new TreeSet<>()).contains(position.position())) {
        report(Kind.POSITION_WRONG, "%s, where no committed transaction has led", position);
      }
      Map.Entry<Long, Move> before =
          confirmed.getOrDefault(partition, new TreeMap<>()).lowerEntry(position.askedNs());
      if (before != null && before.getValue().to() > position.position()) {
        report(Kind.POSITION_WRONG, "%s, after %s", position, before.getValue());
      }
    }
    for (Position position : history.finalPositions()) {
      TreeSet<Long> all = reached.get(new Partition(position.group(), position.partition()));
      long last = all == null ? 0 : all.last();
      if (position.position() != last) {
        report(
            Kind.POSITION_WRONG,
            "%s, and the last committed transaction led to %d",
            position,
            last);
      }
    }
  }

  /** Each move, in the map's order, leads at least as far as those before it. */
  private static void makeAscending(Map<Long, Move> moves) {
    Move furthest = null;
    for (Map.Entry<Long, Move> each : moves.entrySet()) {
      if (furthest == null || each.getValue().to() > furthest.to()) {
        furthest = each.getValue();
      }
      each.setValue(furthest);
    }
  }

  /** Of each committed input before its group's position there is one output, of others none. */
  private void checkInputs() {
    Map<Source, List<Long>> outputs = new HashMap<>();
    for (Long value : visible.keySet()) {
      Source source = history.source(value);
      if (source != null) {
        outputs.computeIfAbsent(source, some -> new ArrayList<>()).add(value);
        if (!visible.containsKey(source.value())) {
          report(Kind.INPUT_INVENTED, "output %d of %s, which is not there", value, source);
        }
      }
    }
    outputs.forEach(
        (source, values) -> {
          if (values.size() > 1) {
            report(
                Kind.INPUT_TWICE,
                "outputs %s of %s, by %s",
                values,
                source,
                values.stream().map(writers::get).toList());
          }
        });
    Map<Integer, List<Read>> inputs = new HashMap<>();
    for (Read read : history.finalReads()) {
      inputs.computeIfAbsent(read.partition(), some -> new ArrayList<>()).add(read);
    }
    for (Position position : history.finalPositions()) {
      for (Read input : inputs.getOrDefault(position.partition(), List.of())) {
        boolean isDone = outputs.containsKey(new Source(position.group(), input.value()));
        if (input.offset() < position.position() && !isDone) {
          report(Kind.INPUT_SKIPPED, "%s, the position of %s", input, position);
        } else if (input.offset() >= position.position() && isDone) {
          report(Kind.TORN, "an output of %s is there, but not the position: %s", input, position);
        }
      }
    }
  }
}
