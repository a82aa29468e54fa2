package io.ottla.broker.config;

import java.util.OptionalInt;

/**
 * How a topic of the broker's own is made.
 *
 * @param minInsyncReplicas what is configured; empty to leave it to the broker's default
 */
public record InternalTopicConfig(
    int partitions,
    ReplicationFactor replicationFactor,
    int segmentBytes,
    OptionalInt minInsyncReplicas) {}
