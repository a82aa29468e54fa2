package io.ottla.broker.fetch;

/**
 * What a client wants of one partition. Immutable: a session swaps it for another when the client
 * has moved on.
 *
 * @param key which partition
 * @param fetchOffset first offset wanted
 * @param logStartOffset where a follower's own log starts; -1 of a consumer
 * @param maxBytes bytes wanted of this partition at most
 * @param currentLeaderEpoch leader epoch the client believes in, or -1
 * @param lastFetchedEpoch epoch of the last record the client has, or -1
 */
record WantedPartition(
    FetchKey key,
    long fetchOffset,
    long logStartOffset,
    int maxBytes,
    int currentLeaderEpoch,
    int lastFetchedEpoch) {}
