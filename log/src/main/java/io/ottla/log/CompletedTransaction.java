package io.ottla.log;

/**
 * A transaction whose marker has come.
 *
 * @param producerId whose records
 * @param firstOffset first record of the transaction in this log
 * @param lastOffset the marker
 * @param aborted whether the marker takes the records back
 */
record CompletedTransaction(long producerId, long firstOffset, long lastOffset, boolean aborted) {}
