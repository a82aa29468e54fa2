package io.ottla.broker.config;

/**
 * Bounds of fetches.
 *
 * @param maxBytes most bytes of one response; one batch is always returned
 * @param maxSessions incremental fetch sessions kept (KIP-227)
 * @param fromSameRack whether consumers read from replicas in their own rack (KIP-392)
 * @param readAheadThreads threads that wait for the disk on behalf of fetches; 0 if network threads
 *     do
 */
public record FetchConfig(
    int maxBytes, int maxSessions, boolean fromSameRack, int readAheadThreads) {}
