package io.ottla.broker.config;

/**
 * What the controller does by itself.
 *
 * @param minInsyncReplicas of a topic when nothing in the metadata says ({@code
 *     min.insync.replicas})
 * @param uncleanElection whether a replica that lacks records may lead when nothing in the metadata
 *     says ({@code unclean.leader.election.enable})
 * @param balanceLeaders whether leadership goes back to preferred leaders ({@code
 *     auto.leader.rebalance.enable})
 * @param balanceIntervalMs how often that is looked at
 */
public record ControllerConfig(
    int minInsyncReplicas,
    boolean uncleanElection,
    boolean balanceLeaders,
    long balanceIntervalMs) {}
