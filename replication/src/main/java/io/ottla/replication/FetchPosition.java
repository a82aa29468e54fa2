package io.ottla.replication;

/**
 * Where a follower goes on fetching.
 *
 * @param fetchOffset the first offset it does not have
 * @param lastFetchedEpoch the leader epoch of its last record, by which the leader sees whether
 *     their logs agree (KIP-595), or -1
 * @param logStartOffset where its log starts
 */
record FetchPosition(long fetchOffset, int lastFetchedEpoch, long logStartOffset) {}
