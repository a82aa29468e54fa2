package io.ottla.log.cleaner;

/**
 * What a topic asks of compaction; names are those of Kafka's topic configs.
 *
 * @param minDirtyRatio share of the log that must be uncompacted before it is worth it
 * @param minLagMs records younger than this are left alone
 * @param maxLagMs records older than this are compacted whatever the ratio
 * @param deleteRetentionMs how long tombstones and markers stay after they were first cleaned
 */
public record CompactionConfig(
    double minDirtyRatio, long minLagMs, long maxLagMs, long deleteRetentionMs) {

  /** Kafka's defaults. */
  public static final CompactionConfig DEFAULTS =
      new CompactionConfig(0.5, 0L, Long.MAX_VALUE, 24 * 60 * 60 * 1000L);
}
