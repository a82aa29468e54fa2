package io.ottla.log;

/**
 * A transaction that was aborted, as the transaction index keeps it (KIP-98).
 *
 * @param producerId whose records
 * @param firstOffset first record of the transaction in this log
 * @param lastOffset the abort marker
 * @param lastStableOffset the last stable offset right after the marker was written
 */
public record AbortedTransaction(
    long producerId, long firstOffset, long lastOffset, long lastStableOffset) {}
