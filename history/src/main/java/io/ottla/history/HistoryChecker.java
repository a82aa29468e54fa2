package io.ottla.history;

import io.ottla.history.Anomaly.Kind;
import io.ottla.history.History.Edge;
import io.ottla.history.History.EdgeSeen;
import io.ottla.history.History.End;
import io.ottla.history.History.Leader;
import io.ottla.history.History.Promise;
import io.ottla.history.History.Read;
import io.ottla.history.History.Write;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.IntPredicate;

/**
 * Judges a {@link History} by what a log promises: what was acknowledged is there, once and in
 * order; an offset has one value for ever; readers and ends only go forward; an epoch has one
 * leader. One run through the history for each rule.
 */
public final class HistoryChecker {
  private static final int SHOWN_OF_A_KIND = 20;

  private record Place(int partition, long offset) {}

  private record Stream(int one, int other) {}

  private record Observed(int observer, int partition, Edge edge) {}

  private final History history;
  private final List<Anomaly> anomalies = new ArrayList<>();
  private final Map<Kind, Integer> found = new HashMap<>();
  private final Map<Long, Write> sent = new HashMap<>();
  private final Map<Place, Long> values = new HashMap<>();
  private final Map<Long, Place> places = new HashMap<>();
  private final Map<Long, Place> log = new HashMap<>();
  private final Map<Integer, TreeMap<Long, Long>> logByPartition = new TreeMap<>();

  private final IntPredicate mayHaveLost;

  private HistoryChecker(History history, IntPredicate mayHaveLost) {
    this.history = history;
    this.mayHaveLost = mayHaveLost;
  }

  /** All anomalies, or the first of each kind where there are many; none if all is well. */
  public static List<Anomaly> check(History history) {
    return check(history, _ -> false);
  }

  /**
   * As {@link #check(History)}, but of some partitions a part of the log may have been replaced by
   * another, as by an unclean election. Of these, only what is in the log in the end is judged:
   * that it was sent there, and is once and in order where that was promised.
   */
  public static List<Anomaly> check(History history, IntPredicate mayHaveLost) {
    HistoryChecker checker = new HistoryChecker(history, mayHaveLost);
    checker.index();
    checker.checkAcknowledgements();
    checker.checkOrder();
    checker.checkReaders();
    checker.checkEnds();
    checker.checkEdges();
    checker.checkLeaders();
    history.problems().forEach(problem -> checker.report(Kind.PROBLEM, "%s", problem));
    return checker.anomalies;
  }

  private void report(Kind kind, String detail, Object... arguments) {
    if (found.merge(kind, 1, Integer::sum) <= SHOWN_OF_A_KIND) {
      anomalies.add(new Anomaly(kind, detail.formatted(arguments)));
    }
  }

  private void index() {
    for (Write write : history.writes()) {
      sent.put(write.value(), write);
    }
    for (Read read : history.finalReads()) {
      observe(read.partition(), read.offset(), read.value(), "the log");
      log.put(read.value(), new Place(read.partition(), read.offset()));
      logByPartition
          .computeIfAbsent(read.partition(), partition -> new TreeMap<>())
          .put(read.offset(), read.value());
    }
    for (Write write : history.writes()) {
      if (write.isAcknowledged()
          && !mayHaveLost.test(write.partition())
          && write.offset() != History.SOMEWHERE
          && write.promise() != Promise.NOTHING) {
        observe(write.partition(), write.offset(), write.value(), "an acknowledgement");
      }
    }
    for (Read read : history.reads()) {
      if (!mayHaveLost.test(read.partition())) {
        observe(read.partition(), read.offset(), read.value(), "reader " + read.reader());
      }
    }
  }

  /** Takes note that somebody was told of a value at an offset. */
  private void observe(int partition, long offset, long value, String observer) {
    Place place = new Place(partition, offset);
    Long otherValue = values.putIfAbsent(place, value);
    if (otherValue != null && otherValue != value) {
      report(
          Kind.INCONSISTENT_OFFSET,
          "offset %d of partition %d is %d, and %d to %s",
          offset,
          partition,
          otherValue,
          value,
          observer);
    }
    Place otherPlace = places.putIfAbsent(value, place);
    Write write = sent.get(value);
    if (otherPlace != null && !otherPlace.equals(place) && isOnceInOrder(write)) {
      report(
          Kind.DUPLICATE, "value %d is at %s, and at %s to %s", value, otherPlace, place, observer);
    }
    if (write == null || write.partition() != partition) {
      report(Kind.INVENTED, "value %d at %s was not sent there, said %s", value, place, observer);
    }
  }

  private static boolean isOnceInOrder(Write write) {
    return write == null || write.promise() == Promise.ONCE_IN_ORDER;
  }

  private void checkAcknowledgements() {
    for (Write write : history.writes()) {
      if (!write.isAcknowledged()
          || write.promise() == Promise.NOTHING
          || mayHaveLost.test(write.partition())) {
        continue;
      }
      if (!log.containsKey(write.value())) {
        report(
            Kind.LOST,
            "value %d, acknowledged at offset %d of partition %d",
            write.value(),
            write.offset(),
            write.partition());
      }
      if (write.offset() != History.SOMEWHERE && write.offset() <= write.knownOffset()) {
        report(
            Kind.ACK_BELOW_KNOWN,
            "value %d, acknowledged at offset %d of partition %d, where %d was known before",
            write.value(),
            write.offset(),
            write.partition(),
            write.knownOffset());
      }
    }
  }

  private void checkOrder() {
    logByPartition.forEach(
        (partition, byOffset) -> {
          Map<Integer, Long> last = new HashMap<>();
          byOffset.forEach(
              (offset, value) -> {
                Write write = sent.get(value);
                if (write != null && isOnceInOrder(write)) {
                  Long before = last.put(write.producer(), value);
                  if (before != null && before > value) {
                    report(
                        Kind.REORDERED,
                        "value %d at offset %d of partition %d comes after %d",
                        value,
                        offset,
                        partition,
                        before);
                  }
                }
              });
        });
  }

  private void checkReaders() {
    Map<Stream, Read> last = new HashMap<>();
    for (Read read : history.reads()) {
      if (mayHaveLost.test(read.partition())) {
        continue;
      }
      if (!log.containsKey(read.value())) {
        report(Kind.VANISHED, "%s is not in the log", read);
      }
      Read before = last.put(new Stream(read.reader(), read.partition()), read);
      if (before != null && read.offset() <= before.offset()) {
        report(Kind.READ_BACKWARDS, "%s after %s", read, before);
      } else {
        TreeMap<Long, Long> byOffset = logByPartition.get(read.partition());
        Long next =
            byOffset == null ? null : byOffset.higherKey(before == null ? -1 : before.offset());
        if (next != null && next < read.offset()) {
          report(Kind.READ_SKIPPED, "%s after %s: offset %d was left out", read, before, next);
        }
      }
    }
  }

  private void checkEnds() {
    Map<Integer, Long> last = new HashMap<>();
    for (End end : history.ends()) {
      Long before = last.put(end.partition(), end.offset());
      if (before != null && before > end.offset() && !mayHaveLost.test(end.partition())) {
        report(Kind.END_WENT_BACK, "%s after %d", end, before);
      }
    }
  }

  private void checkEdges() {
    Map<Observed, Long> last = new HashMap<>();
    for (EdgeSeen seen : history.edges()) {
      Observed observed = new Observed(seen.observer(), seen.partition(), seen.edge());
      Long before = last.put(observed, seen.offset());
      if (before != null && before > seen.offset() && !mayHaveLost.test(seen.partition())) {
        report(Kind.EDGE_WENT_BACK, "%s after %d", seen, before);
      }
    }
  }

  private void checkLeaders() {
    Map<Stream, Integer> byEpoch = new HashMap<>();
    Map<Stream, Integer> byNode = new HashMap<>();
    List<Leader> ordered = new ArrayList<>(history.leaders());
    for (Leader leader : ordered) {
      if (leader.leader() >= 0) {
        Integer other =
            byEpoch.putIfAbsent(new Stream(leader.partition(), leader.epoch()), leader.leader());
        if (other != null && other != leader.leader()) {
          report(Kind.TWO_LEADERS, "%s, but node %d led in that epoch", leader, other);
        }
      }
      Integer before = byNode.put(new Stream(leader.node(), leader.partition()), leader.epoch());
      if (before != null && before > leader.epoch()) {
        report(Kind.EPOCH_WENT_BACK, "%s after epoch %d", leader, before);
      }
    }
  }

  /** The anomalies as text for a failed test, with those of one kind together. */
  public static String describe(List<Anomaly> anomalies) {
    StringBuilder text = new StringBuilder();
    anomalies.stream()
        .sorted(Comparator.comparing(Anomaly::kind))
        .forEach(anomaly -> text.append("%n%s: %s".formatted(anomaly.kind(), anomaly.detail())));
    return text.toString();
  }
}
