package io.ottla.broker.config;

/**
 * Bounds of fetches.
 *
 * @param maxBytes most bytes of one response; one batch is always returned
 * @param maxSessions incremental fetch sessions kept (KIP-227)
 */
public record FetchConfig(int maxBytes, int maxSessions) {}
