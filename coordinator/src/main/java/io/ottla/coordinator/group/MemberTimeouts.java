package io.ottla.coordinator.group;

/**
 * How much time a member asks for.
 *
 * @param sessionTimeoutMs between heartbeats
 * @param rebalanceTimeoutMs to join again once a rebalance has begun
 */
record MemberTimeouts(int sessionTimeoutMs, int rebalanceTimeoutMs) {}
