package io.ottla.broker.config;

/**
 * What topics get that do not say otherwise. Values that a topic can override are looked up where
 * they are needed, because they may change while the broker runs.
 *
 * @param autoCreate whether a topic is made when a client first asks for it
 * @param deleteEnabled whether topics may be deleted
 */
public record TopicDefaults(
    int partitions,
    ReplicationFactor replicationFactor,
    boolean autoCreate,
    boolean deleteEnabled) {}
