package io.ottla.replication;

import io.netty.buffer.ByteBuf;

/**
 * What a leader answered to a follower's fetch of one partition.
 *
 * @param leaderEpoch the epoch in which it was asked
 * @param fetchOffset the offset it was asked for
 * @param records batches, the last one perhaps cut off; belong to the answer's frame
 * @param highWatermark the leader's
 * @param logStartOffset the leader's
 */
record FetchedRecords(
    int leaderEpoch, long fetchOffset, ByteBuf records, long highWatermark, long logStartOffset) {}
