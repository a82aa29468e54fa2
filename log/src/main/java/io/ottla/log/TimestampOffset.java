package io.ottla.log;

/**
 * A record's time and place.
 *
 * @param timestamp milliseconds since 1970, -1 if unknown
 * @param offset the record's offset
 * @param leaderEpoch the leader epoch of the batch it is in, -1 if unknown
 */
public record TimestampOffset(long timestamp, long offset, int leaderEpoch) {}
