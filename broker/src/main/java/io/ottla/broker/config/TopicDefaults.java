package io.ottla.broker.config;

import io.ottla.metadata.controller.NewTopic;

/**
 * What topics get that do not say otherwise. Values that a topic can override are looked up where
 * they are needed, because they may change while the broker runs.
 *
 * @param partitionsGiven whether the number of partitions is this node's own word, not the default
 * @param autoCreate whether a topic is made when a client first asks for it
 * @param deleteEnabled whether topics may be deleted
 */
public record TopicDefaults(
    int partitions,
    boolean partitionsGiven,
    ReplicationFactor replicationFactor,
    boolean autoCreate,
    boolean deleteEnabled) {

  /** What a broker asks of the controller: where its file says nothing, that decides. */
  public int requestedPartitions() {
    return partitionsGiven ? partitions : NewTopic.DEFAULT;
  }

  /** As {@link #requestedPartitions}, of replicas. */
  public int requestedReplicas() {
    return replicationFactor.configured().orElse(NewTopic.DEFAULT);
  }
}
