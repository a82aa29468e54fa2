package io.ottla.history.ownership;

import io.ottla.history.ownership.Ownership.CommitBegun;
import io.ottla.history.ownership.Ownership.CommitEnded;
import io.ottla.history.ownership.Ownership.Event;
import io.ottla.history.ownership.Ownership.Given;
import io.ottla.history.ownership.Ownership.Lost;
import io.ottla.history.ownership.Ownership.Place;
import io.ottla.history.ownership.Ownership.Read;
import io.ottla.history.ownership.Ownership.Taken;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Judges an {@link Ownership} by what a group promises: a partition has one owner at a time, of
 * whom a fenced one may not know but cannot commit either; a new owner goes on where the last
 * commit ended; nobody skips a record; the epochs of a partition's commits only rise, and do so
 * with each new owner.
 */
public final class OwnershipChecker {
  private static final int SHOWN = 30;

  /** How strict a group can be judged. */
  public enum Rules {
    /** All of it. */
    STRICT,
    /** As for a group that may be made anew when it is empty, so that its epochs begin again. */
    EPOCHS_MAY_RESTART,
    /**
     * As for members and connections that fail: whoever takes a partition over may start behind the
     * last commit that is known of, as one may be under way when its sender dies, and where a
     * commit of the owner before it would lead of which nobody was told how it ended: that may have
     * come late.
     */
    WITH_FAILURES
  }

  /** From when a member took the partition until it takes it again, counted from 1 on. */
  private record Tenure(String member, int number) {}

  private final Place place;
  private final Rules rules;
  private final List<String> anomalies = new ArrayList<>();
  private final Set<String> holders = new HashSet<>();
  private final Set<Tenure> losers = new HashSet<>();
  private final Map<String, Integer> tenures = new HashMap<>();
  private final Map<String, Long> next = new HashMap<>();
  private final Map<Long, CommitBegun> begun = new HashMap<>();
  private final Map<Long, CommitBegun> lastBefore = new HashMap<>();
  private CommitBegun lastSucceeded;
  private final Set<Long> fromFenced = new HashSet<>();
  private final Set<Long> unanswered = new HashSet<>();
  private String latest;
  private long committed;
  private boolean inDoubt;
  private int shown;

  private OwnershipChecker(Place place, Rules rules) {
    this.place = place;
    this.rules = rules;
  }

  /** All anomalies, or the first where there are many; none if all is well. */
  public static List<String> check(Ownership ownership, Rules rules) {
    List<String> all = new ArrayList<>(ownership.problems());
    ownership
        .events()
        .forEach(
            (place, events) -> {
              OwnershipChecker checker = new OwnershipChecker(place, rules);
              checker.findLosers(events);
              events.forEach(checker::judge);
              all.addAll(checker.anomalies);
            });
    return all;
  }

  /** Offsets up to an end that nobody read, by partition; nothing if all were read. */
  public static Map<Place, List<Long>> unread(Ownership ownership, Map<Place, Long> ends) {
    Map<Place, List<Long>> missing = new HashMap<>();
    Map<Place, List<Event>> events = ownership.events();
    ends.forEach(
        (place, end) -> {
          Set<Long> read = new HashSet<>();
          for (Event event : events.getOrDefault(place, List.of())) {
            if (event instanceof Read one) {
              read.add(one.offset());
            }
          }
          List<Long> unread = new ArrayList<>();
          for (long offset = 0; offset < end && unread.size() < SHOWN; offset++) {
            if (!read.contains(offset)) {
              unread.add(offset);
            }
          }
          if (!unread.isEmpty()) {
            missing.put(place, unread);
          }
        });
    return missing;
  }

  /**
   * Those who were told that they had lost the partition may have been the last to know; but only
   * before they took it anew.
   */
  private void findLosers(List<Event> events) {
    Map<String, Integer> counts = new HashMap<>();
    for (Event event : events) {
      if (event instanceof Taken taken) {
        counts.merge(taken.member(), 1, Integer::sum);
      } else if (event instanceof Lost lost) {
        losers.add(new Tenure(lost.member(), counts.getOrDefault(lost.member(), 0)));
      }
    }
  }

  private void report(String detail, Object... arguments) {
    if (++shown <= SHOWN) {
      anomalies.add(place + ": " + detail.formatted(arguments));
    }
  }

  private void judge(Event event) {
    switch (event) {
      case Taken taken -> onTaken(taken);
      case Given given -> onGiven(given.member());
      case Lost lost -> onGiven(lost.member());
      case Read read -> onRead(read);
      case CommitBegun commit -> onCommitBegun(commit);
      case CommitEnded commit -> onCommitEnded(commit);
    }
  }

  private void onTaken(Taken taken) {
    for (String holder : holders) {
      if (!losers.contains(new Tenure(holder, tenures.get(holder)))) {
        report("TWO OWNERS: %s took it while %s had it", taken.member(), holder);
      }
    }
    if (taken.position() != committed && !inDoubt) {
      boolean excused =
          rules == Rules.WITH_FAILURES
              && (taken.position() > committed || unanswered.contains(taken.position()));
      if (!excused) {
        report(
            "WRONG START: %s starts at %d, committed was %d",
            taken.member(), taken.position(), committed);
      }
    }
    committed = taken.position();
    inDoubt = false;
    unanswered.clear();
    holders.add(taken.member());
    tenures.merge(taken.member(), 1, Integer::sum);
    next.put(taken.member(), taken.position());
    latest = taken.member();
  }

  private void onGiven(String member) {
    // The client of 4.3 that is closed while it is being told of a partition gives that back as
    // well.
    holders.remove(member);
    next.remove(member);
  }

  private void onRead(Read read) {
    Long expected = next.get(read.member());
    if (expected == null) {
      report("%s read offset %d without owning it", read.member(), read.offset());
    } else if (expected != read.offset()) {
      report("%s read offset %d, next was %d", read.member(), read.offset(), expected);
    }
    if (expected != null) {
      next.put(read.member(), read.offset() + 1);
    }
  }

  private void onCommitBegun(CommitBegun commit) {
    begun.put(commit.commit(), commit);
    if (lastSucceeded != null) {
      lastBefore.put(commit.commit(), lastSucceeded);
    }
    if (!commit.member().equals(latest)) {
      fromFenced.add(commit.commit());
    }
    if (!holders.contains(commit.member())) {
      report("%s commits %d without owning it", commit.member(), commit.offset());
    }
  }

  private void onCommitEnded(CommitEnded ended) {
    CommitBegun commit = begun.remove(ended.commit());
    CommitBegun earlier = lastBefore.remove(ended.commit());
    boolean isFenced = fromFenced.remove(ended.commit());
    if (!ended.succeeded()) {
      inDoubt = true; // it may have got through all the same
      unanswered.add(commit.offset());
      return;
    }
    if (isFenced) {
      report(
          "FENCED COMMIT: %s committed %d (epoch %d) though %s has it",
          commit.member(), commit.offset(), commit.epoch(), latest);
    }
    if (earlier != null
        && rules
            != Rules.EPOCHS_MAY_RESTART) { // epochs rise, so the last one stands for all before it
      boolean isSame = earlier.member().equals(commit.member());
      if (isSame ? ended.epoch() < earlier.epoch() : ended.epoch() <= earlier.epoch()) {
        report(
            "EPOCH DID NOT RISE: %s committed with %d, after %s with %d",
            commit.member(), ended.epoch(), earlier.member(), earlier.epoch());
      }
    }
    lastSucceeded = commit;
    committed = commit.offset();
    inDoubt = false;
  }

  /** The anomalies as text for a failed test. */
  public static String describe(List<String> anomalies) {
    return String.join("\n", anomalies);
  }
}
