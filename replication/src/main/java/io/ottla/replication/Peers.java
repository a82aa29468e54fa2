package io.ottla.replication;

/**
 * What replication needs of the rest of the cluster. Any thread.
 *
 * @param leaders connects to brokers to fetch from
 * @param controller takes proposals of in-sync replicas
 * @param reports tells controllers what lies in which directories
 */
public record Peers(LeaderConnections leaders, IsrProposals controller, ReplicaReports reports) {}
