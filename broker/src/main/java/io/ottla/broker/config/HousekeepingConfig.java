package io.ottla.broker.config;

/** How often logs are looked after, in milliseconds. */
public record HousekeepingConfig(
    long retentionCheckIntervalMs,
    long flushCheckIntervalMs,
    long recoveryPointCheckpointIntervalMs,
    long logStartOffsetCheckpointIntervalMs,
    long highWatermarkCheckpointIntervalMs) {}
