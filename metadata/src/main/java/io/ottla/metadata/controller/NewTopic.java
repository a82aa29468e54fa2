package io.ottla.metadata.controller;

import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * A topic that a client asks for.
 *
 * @param name its name, not checked yet
 * @param partitions how many partitions, or {@link #DEFAULT}
 * @param replicationFactor how many replicas of each, or {@link #DEFAULT}
 * @param assignments who holds each partition, if the client says; else empty, and the controller
 *     decides
 * @param configs its settings; a null value is an error of the client's
 */
public record NewTopic(
    String name,
    int partitions,
    int replicationFactor,
    List<Assignment> assignments,
    Map<String, String> configs) {

  /** "As the broker's settings say." */
  public static final int DEFAULT = -1;

  /** The replicas a client wants for one partition. */
  public record Assignment(int partition, List<Integer> brokerIds) {
    public Assignment {
      brokerIds = List.copyOf(brokerIds);
    }
  }

  public NewTopic {
    assignments = List.copyOf(assignments);
    configs = Collections.unmodifiableMap(new HashMap<>(configs));
  }
}
