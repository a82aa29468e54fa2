package io.ottla.replication;

/**
 * What a follower's fetch tells its leader about one partition.
 *
 * @param replicaId the follower
 * @param brokerEpoch of the follower's incarnation (KIP-903), or -1 if it does not say
 * @param leaderEpoch the epoch it follows
 * @param fetchOffset all below it is in the follower's log, and agrees with the leader's
 * @param logStartOffset where the follower's log starts
 */
public record FollowerFetch(
    int replicaId, long brokerEpoch, int leaderEpoch, long fetchOffset, long logStartOffset) {}
