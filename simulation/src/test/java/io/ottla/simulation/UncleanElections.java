package io.ottla.simulation;

import io.ottla.wire.TopicPartition;
import io.ottla.wire.Uuid;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/**
 * Of which partitions somebody may lead who lacks what was committed, and where that has come to
 * be. Of those, and of no others, what was committed before may be gone.
 */
public final class UncleanElections {

  private record Id(Uuid topic, int partition) {}

  private final Set<TopicPartition> happened = new HashSet<>();
  private final Map<Id, Integer> epochs = new HashMap<>();
  private Set<String> topics = Set.of();
  private boolean byThemselves;
  private int elections;

  /**
   * From now on they are allowed for a topic.
   *
   * @param themselves whether the controllers do it by themselves, and not only when they are asked
   */
  void allow(String topic, boolean themselves) {
    topics = Set.of(topic);
    byThemselves = themselves;
  }

  boolean isAllowed(String topic) {
    return topics.contains(topic);
  }

  /** Whether a topic's settings have them come by themselves. */
  public boolean comeByThemselves(String topic) {
    return byThemselves && isAllowed(topic);
  }

  /** In this epoch, somebody leads who was not known to have everything; returns if it may be. */
  boolean happened(Uuid topicId, TopicPartition partition, int epoch) {
    if (!isAllowed(partition.topic())) {
      return false;
    }
    happened.add(partition);
    Integer last = epochs.put(new Id(topicId, partition.partition()), epoch);
    if (last == null || last < epoch) {
      elections++;
    } else {
      epochs.put(new Id(topicId, partition.partition()), last);
    }
    return true;
  }

  /** Whether a partition has ever had such a leader. */
  public boolean hasHappened(TopicPartition partition) {
    return happened.contains(partition);
  }

  /** The last epoch in which a partition got such a leader, or -1. */
  int lastEpoch(Uuid topicId, int partition) {
    return epochs.getOrDefault(new Id(topicId, partition), -1);
  }

  /** How often it has come to be. */
  int count() {
    return elections;
  }
}
