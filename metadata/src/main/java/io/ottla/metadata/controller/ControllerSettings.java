package io.ottla.metadata.controller;

import io.ottla.wire.Uuid;
import java.util.Map;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;

/**
 * What the controller is told by the broker.
 *
 * @param nodeId this node; its own broker's new registration replaces the old one at once, because
 *     two processes cannot hold this node's metadata directory
 * @param defaultPartitions of a topic that does not say ({@code num.partitions})
 * @param defaultReplicationFactor of a topic that does not say ({@code default.replication.factor})
 * @param features the levels a new cluster begins with
 * @param random chooses where a topic's partitions begin; used by the controller's thread only
 * @param topicIds makes ids for new topics; used by the controller's thread only
 */
public record ControllerSettings(
    int nodeId,
    int defaultPartitions,
    int defaultReplicationFactor,
    Map<String, Short> features,
    RandomGenerator random,
    Supplier<Uuid> topicIds) {

  public ControllerSettings {
    features = Map.copyOf(features);
  }
}
