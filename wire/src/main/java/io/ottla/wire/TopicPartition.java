package io.ottla.wire;

import java.util.Objects;

/**
 * One partition of one topic, by name. Its text is the name of the partition's directory on disk.
 *
 * @param topic the topic's name
 * @param partition the partition's number, from 0
 */
public record TopicPartition(String topic, int partition) implements Comparable<TopicPartition> {

  // Large, odd, and of no pattern in their bits.
  private static final int TOPIC_FACTOR = 0x9E3779B1;
  private static final int PARTITION_FACTOR = 0x85EBCA6B;

  public TopicPartition {
    Objects.requireNonNull(topic, "topic");
  }

  /**
   * Far apart for neighbours: many sets look for a free place from there on, and with topics whose
   * names and partitions are numbered they would walk through most of the others.
   */
  @Override
  public int hashCode() {
    int hash = topic.hashCode() * TOPIC_FACTOR + partition * PARTITION_FACTOR;
    return hash ^ (hash >>> 15);
  }

  @Override
  public int compareTo(TopicPartition other) {
    int byTopic = topic.compareTo(other.topic);
    return byTopic != 0 ? byTopic : Integer.compare(partition, other.partition);
  }

  @Override
  public String toString() {
    return topic + '-' + partition;
  }
}
