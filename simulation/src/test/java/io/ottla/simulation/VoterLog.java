package io.ottla.simulation;

import java.util.ArrayList;
import java.util.List;

/**
 * The entries a voter of a {@link SimulatedQuorum} has, by position from 0. An entry is one object
 * for all voters that have it, so that logs are compared by identity.
 */
final class VoterLog {

  /** One entry; without a command, it is the first of its leader. */
  static final class Entry {

    final long index;
    final long term;
    final long call;
    private final byte[] command;

    /**
     * @param call which submission it is of; -1 for none
     */
    Entry(long index, long term, long call, byte[] command) {
      this.index = index;
      this.term = term;
      this.call = call;
      this.command = command;
    }

    boolean hasCommand() {
      return command != null;
    }

    /** A copy for whoever applies it. */
    byte[] command() {
      return command.clone();
    }

    @Override
    public String toString() {
      return "entry " + index + " of term " + term + (hasCommand() ? "" : ", the leader's first");
    }
  }

  private final List<Entry> entries = new ArrayList<>();
  private long start;
  private Entry before;

  /** The position after the last entry. */
  long end() {
    return start + entries.size();
  }

  /** The first position that is kept. */
  long start() {
    return start;
  }

  /** The entry at a position from the one before {@link #start}; null before the first of all. */
  Entry at(long position) {
    return position < start ? before : entries.get((int) (position - start));
  }

  /** Null when there never was one. */
  Entry last() {
    return at(end() - 1);
  }

  void append(Entry entry) {
    entries.add(entry);
  }

  void truncate(long end) {
    entries.subList((int) (end - start), entries.size()).clear();
  }

  /** Drops what is before a position. */
  void purge(long upTo) {
    if (upTo > start) {
      before = at(upTo - 1);
      entries.subList(0, (int) (upTo - start)).clear();
      start = upTo;
    }
  }

  /** Begins after an entry of a snapshot. */
  void reset(long position, Entry last) {
    entries.clear();
    start = position;
    before = last;
  }

  /**
   * Up to where another log has the same.
   *
   * @return -1 if what the other needs next is kept here no more
   */
  long commonEnd(VoterLog other) {
    for (long end = Math.min(end(), other.end()); end >= start; end--) {
      if (end <= other.start || at(end - 1) == other.at(end - 1)) {
        // What the other has purged was committed, hence the same.
        return end;
      }
    }
    return -1;
  }

  /** The entries from a position on. */
  List<Entry> from(long position) {
    return List.copyOf(entries.subList((int) (position - start), entries.size()));
  }
}
