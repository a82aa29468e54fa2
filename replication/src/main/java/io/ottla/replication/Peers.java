package io.ottla.replication;

/**
 * What replication needs of the rest of the cluster. Any thread.
 *
 * @param leaders connects to brokers to fetch from
 * @param controller takes proposals of in-sync replicas
 */
public record Peers(LeaderConnections leaders, IsrProposals controller) {}
