package io.ottla.broker.config;

/**
 * Groups.
 *
 * @param offersConsumerProtocol whether members may speak the consumer protocol (KIP-848), if the
 *     cluster's group.version allows it too
 * @param journalRetentionMs how long a group's rebalances are remembered ({@code
 *     group.journal.retention.ms})
 * @param lagIntervalMs how often other brokers are asked where their partitions end ({@code
 *     group.lag.interval.ms})
 */
public record GroupsConfig(
    boolean offersConsumerProtocol, long journalRetentionMs, int lagIntervalMs) {}
