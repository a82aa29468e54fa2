package io.ottla.broker.config;

/**
 * Bounds of fetches.
 *
 * @param maxBytes most bytes of one response; one batch is always returned
 * @param maxSessions incremental fetch sessions kept (KIP-227)
 * @param fromSameRack whether consumers read from replicas in their own rack (KIP-392)
 */
public record FetchConfig(int maxBytes, int maxSessions, boolean fromSameRack) {}
