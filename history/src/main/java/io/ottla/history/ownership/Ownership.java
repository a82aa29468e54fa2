package io.ottla.history.ownership;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * What the members of one group saw, in the order in which it happened: partitions taken and given
 * back, records read, commits begun and ended. Any thread may tell and ask. Knows no client
 * classes, so that members of several client versions, each in a class loader of its own, can tell
 * one ownership.
 */
public final class Ownership {
  /** A partition of a topic. */
  public record Place(String topic, int partition) implements Comparable<Place> {
    @Override
    public int compareTo(Place other) {
      int byTopic = topic.compareTo(other.topic);
      return byTopic != 0 ? byTopic : Integer.compare(partition, other.partition);
    }

    @Override
    public String toString() {
      return topic + "-" + partition;
    }
  }

  /** Something a member saw. */
  public sealed interface Event {
    /** Who saw it. */
    String member();
  }

  /** A member was given a partition, to go on at a position that it asked the broker for. */
  public record Taken(String member, long position) implements Event {}

  /** A member gave a partition back. */
  public record Given(String member) implements Event {}

  /** A member was told that it had already lost a partition. */
  public record Lost(String member) implements Event {}

  /** A member read the record at an offset. */
  public record Read(String member, long offset) implements Event {}

  /** A member sent a commit; the epoch is what it held for its own then. */
  public record CommitBegun(String member, long commit, long offset, int epoch) implements Event {}

  /**
   * A commit was answered. The epoch is what the member held for its own by then: the one that went
   * with the commit lies between the two.
   */
  public record CommitEnded(String member, long commit, boolean succeeded, int epoch)
      implements Event {}

  private final Map<Place, List<Event>> events = new TreeMap<>();
  private final Map<String, Set<Place>> owned = new HashMap<>();
  private final List<String> problems = new ArrayList<>();
  private final Map<Place, TreeSet<Long>> read = new HashMap<>();
  private long commits;
  private long reads;

  private void add(Place place, Event event) {
    events.computeIfAbsent(place, some -> new ArrayList<>()).add(event);
  }

  /** A member was given a partition. */
  public synchronized void taken(String member, String topic, int partition, long position) {
    Place place = new Place(topic, partition);
    add(place, new Taken(member, position));
    owned.computeIfAbsent(member, some -> new TreeSet<>()).add(place);
  }

  /** A member gives a partition back: from now on somebody else may have it. */
  public synchronized void given(String member, String topic, int partition) {
    Place place = new Place(topic, partition);
    add(place, new Given(member));
    owned.getOrDefault(member, new TreeSet<>()).remove(place);
  }

  /** A member was told that a partition is no longer its own, for how long so ever. */
  public synchronized void lost(String member, String topic, int partition) {
    Place place = new Place(topic, partition);
    add(place, new Lost(member));
    owned.getOrDefault(member, new TreeSet<>()).remove(place);
  }

  /** A member read a record. */
  public synchronized void read(String member, String topic, int partition, long offset) {
    Place place = new Place(topic, partition);
    add(place, new Read(member, offset));
    reads++;
    read.computeIfAbsent(place, some -> new TreeSet<>()).add(offset);
  }

  /** A member sends a commit of one partition; the number goes with its end. */
  public synchronized long commitBegun(
      String member, String topic, int partition, long offset, int epoch) {
    add(new Place(topic, partition), new CommitBegun(member, ++commits, offset, epoch));
    return commits;
  }

  /** A commit was answered. */
  public synchronized void commitEnded(
      String member, String topic, int partition, long commit, boolean succeeded, int epoch) {
    add(new Place(topic, partition), new CommitEnded(member, commit, succeeded, epoch));
  }

  /** Something happened that is wrong whatever the history. */
  public synchronized void problem(String what) {
    problems.add(what);
  }

  /** What was wrong whatever the history. */
  public synchronized List<String> problems() {
    return List.copyOf(problems);
  }

  /** What a member owns as far as it knows. */
  public synchronized Set<Place> ownedBy(String member) {
    return Set.copyOf(owned.getOrDefault(member, Set.of()));
  }

  /** Who owns what, as far as the members know; only of those that own something. */
  public synchronized Map<String, Set<Place>> owners() {
    Map<String, Set<Place>> owners = new LinkedHashMap<>();
    owned.forEach(
        (member, places) -> {
          if (!places.isEmpty()) {
            owners.put(member, Set.copyOf(places));
          }
        });
    return owners;
  }

  /** Whether these members own all these partitions, each of them by one member, and no other. */
  public synchronized boolean isShared(Collection<String> members, Set<Place> places) {
    Set<Place> seen = new TreeSet<>();
    int count = 0;
    for (String member : members) {
      Set<Place> mine = owned.getOrDefault(member, Set.of());
      count += mine.size();
      seen.addAll(mine);
    }
    return count == places.size() && seen.equals(places);
  }

  /** How many records were read, counting those twice that were read twice. */
  public synchronized long reads() {
    return reads;
  }

  /** How many different records of a partition were read. */
  public synchronized long distinctReads(String topic, int partition) {
    Set<Long> offsets = read.get(new Place(topic, partition));
    return offsets == null ? 0 : offsets.size();
  }

  /** How many different records were read. */
  public synchronized long distinctReads() {
    return read.values().stream().mapToLong(Set::size).sum();
  }

  /** A copy of all that happened, by partition. */
  public synchronized Map<Place, List<Event>> events() {
    Map<Place, List<Event>> copy = new TreeMap<>();
    events.forEach((place, list) -> copy.put(place, List.copyOf(list)));
    return copy;
  }
}
