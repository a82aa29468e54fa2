package io.ottla.broker.config;

/** How often logs are looked after, in milliseconds; at least 1. */
public record HousekeepingConfig(
    long retentionCheckIntervalMs,
    long flushCheckIntervalMs,
    long recoveryPointCheckpointIntervalMs,
    long highWatermarkCheckpointIntervalMs,
    long producerExpiryCheckIntervalMs) {}
