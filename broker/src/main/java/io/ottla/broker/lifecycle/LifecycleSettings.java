package io.ottla.broker.lifecycle;

/**
 * The times of a broker's membership, in ms.
 *
 * @param heartbeatIntervalMs between two heartbeats ({@code broker.heartbeat.interval.ms})
 * @param sessionTimeoutMs without one, after which the broker is fenced ({@code
 *     broker.session.timeout.ms})
 * @param registrationTimeoutMs how long registration is tried ({@code
 *     initial.broker.registration.timeout.ms})
 */
public record LifecycleSettings(
    int heartbeatIntervalMs, int sessionTimeoutMs, int registrationTimeoutMs) {}
