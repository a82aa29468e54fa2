package io.ottla.coordinator.group.journal;

import io.ottla.wire.TopicPartition;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.concurrent.TimeUnit;

/**
 * Which partitions of a group nobody owns, and since when; and which nobody owned for a while. One
 * thread.
 */
final class OwnershipGaps {

  private static final Comparator<UnownedPartition> LONGEST_LAST =
      Comparator.comparingLong(UnownedPartition::durationMs)
          .thenComparing(UnownedPartition::topic, Comparator.reverseOrder())
          .thenComparing(UnownedPartition::partition, Comparator.reverseOrder());

  private final int maxKept;
  private final Map<TopicPartition, Long> unownedSinceNs;

  /** The longest of those that are over, so that the next to go is at hand. */
  private final PriorityQueue<UnownedPartition> longest = new PriorityQueue<>(LONGEST_LAST);

  private int over;

  OwnershipGaps(int maxKept) {
    this(maxKept, new HashMap<>());
  }

  private OwnershipGaps(int maxKept, Map<TopicPartition, Long> unownedSinceNs) {
    this.maxKept = maxKept;
    this.unownedSinceNs = unownedSinceNs;
  }

  void released(Collection<TopicPartition> partitions, long nowNs) {
    for (TopicPartition partition : partitions) {
      unownedSinceNs.putIfAbsent(partition, nowNs);
    }
  }

  /**
   * @param sinceNs since when a partition has had no owner that nobody gave up
   */
  void taken(Collection<TopicPartition> partitions, long sinceNs, long nowNs) {
    for (TopicPartition partition : partitions) {
      Long releasedNs = unownedSinceNs.remove(partition);
      add(partition, nowNs - (releasedNs == null ? sinceNs : releasedNs));
    }
  }

  /** Counts those that nobody owns now as if they were taken; they stay as they are. */
  void cutOff(long nowNs) {
    unownedSinceNs.forEach((partition, sinceNs) -> add(partition, nowNs - sinceNs));
  }

  private void add(TopicPartition partition, long durationNs) {
    over++;
    long durationMs = TimeUnit.NANOSECONDS.toMillis(durationNs);
    longest.add(new UnownedPartition(partition.topic(), partition.partition(), durationMs));
    if (longest.size() > maxKept) {
      longest.poll();
    }
  }

  /** What nobody owns now, for the rebalance that follows. */
  OwnershipGaps next() {
    return new OwnershipGaps(maxKept, unownedSinceNs);
  }

  /** Those that are over, the longest first. */
  UnownedPartitions over() {
    if (over == 0) {
      return UnownedPartitions.NONE;
    }
    List<UnownedPartition> partitions = new ArrayList<>(longest);
    partitions.sort(LONGEST_LAST.reversed());
    return new UnownedPartitions(
        true, new CutList<>(partitions, over), partitions.getFirst().durationMs());
  }

  /** How many had no owner so far, or have none now. */
  UnownedPartitions soFar() {
    int count = over + unownedSinceNs.size();
    return count == 0
        ? UnownedPartitions.NONE
        : new UnownedPartitions(true, new CutList<>(List.of(), count), 0);
  }
}
