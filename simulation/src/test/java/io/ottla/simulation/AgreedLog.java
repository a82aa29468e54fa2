package io.ottla.simulation;

import io.ottla.simulation.VoterLog.Entry;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * What was committed, for good: whatever voters do later is held against it. Throws an {@link
 * AssertionError} where they do not agree.
 */
final class AgreedLog {

  private final List<Entry> committed = new ArrayList<>();

  /** Of the state after each position, as the first voter that got there had it. */
  private final List<Long> states = new ArrayList<>();

  private final BitSet calls = new BitSet();
  private final TreeMap<Long, Integer> leaders = new TreeMap<>();
  private AssertionError violation;

  long size() {
    return committed.size();
  }

  /** By term. */
  Map<Long, Integer> leaders() {
    return leaders;
  }

  /** A voter begins to lead. */
  void leads(int node, long term, VoterLog log) {
    check(
        leaders.isEmpty() || leaders.lastKey() < term,
        "%s leads in term %s after %s",
        node,
        term,
        leaders);
    leaders.put(term, node);
    check(
        log.end() >= size() && (size() == 0 || has(log, size() - 1)),
        "%s leads in term %s without all that was committed, %s entries; it has %s",
        node,
        term,
        size(),
        log.end());
  }

  private boolean has(VoterLog log, long position) {
    return position < log.start() - 1 || log.at(position) == committed.get((int) position);
  }

  /** A leader knows that its entries before a position are committed. */
  void committed(int node, VoterLog log, long end) {
    for (long at = size(); at < end; at++) {
      Entry entry = log.at(at);
      if (at > 0) {
        Entry before = committed.getLast();
        check(
            entry.index > before.index && entry.term >= before.term,
            "%s after %s in the log of %s",
            entry,
            before,
            node);
      }
      if (entry.hasCommand()) {
        check(!calls.get((int) entry.call), "%s was committed before, says %s", entry, node);
        calls.set((int) entry.call);
      }
      committed.add(entry);
    }
    check(end == 0 || has(log, end - 1), "%s commits another entry at %s", node, end - 1);
  }

  /** A voter has applied the entry at a position, and the state it has now has this hash. */
  void applied(int node, long position, Entry entry, long state) {
    check(position < size(), "%s applies %s, which is not committed", node, entry);
    check(
        committed.get((int) position) == entry,
        "%s applies %s in the place of %s",
        node,
        entry,
        committed.get((int) position));
    if (position == states.size()) {
      states.add(state);
    }
    stateIs(node, position + 1, state);
  }

  /** A voter has the state after all entries before a position. */
  void stateIs(int node, long end, long state) {
    long expected = end == 0 ? state : states.get((int) end - 1);
    check(
        state == expected,
        "%s has another state after %s: %x, not %x",
        node,
        end == 0 ? "nothing" : committed.get((int) end - 1),
        state,
        expected);
  }

  /** Whether an entry is what was committed at a position. */
  boolean isCommitted(long position, Entry entry) {
    return position < size() && committed.get((int) position) == entry;
  }

  /** The first thing that did not hold, for those whose errors somebody caught; null for none. */
  AssertionError violation() {
    return violation;
  }

  void check(boolean holds, String message, Object... of) {
    if (!holds) {
      AssertionError error = new AssertionError("consensus log: " + String.format(message, of));
      if (violation == null) {
        violation = error;
      }
      throw error;
    }
  }
}
