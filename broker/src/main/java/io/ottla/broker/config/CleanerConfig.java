package io.ottla.broker.config;

import io.ottla.metadata.config.ConfigValues;
import java.util.Set;

/**
 * What compaction may take of this broker; names are those of Kafka's log.cleaner keys. They may be
 * changed at run time, so they are read anew for each log.
 *
 * @param threads that compact
 * @param keyBytes memory for the keys of one thread
 * @param keyLoadFactor share of it that is used
 * @param ioBytes memory of one thread for reading, and as much for writing
 * @param maxBytesPerSecond that all threads together read and write
 * @param backoffMs pause when there is nothing to compact
 */
public record CleanerConfig(
    int threads,
    long keyBytes,
    double keyLoadFactor,
    int ioBytes,
    double maxBytesPerSecond,
    long backoffMs) {

  /** What may be changed while the broker runs. */
  static final Set<String> KEYS =
      Set.of(
          "log.cleaner.threads",
          "log.cleaner.dedupe.buffer.size",
          "log.cleaner.io.buffer.load.factor",
          "log.cleaner.io.buffer.size",
          "log.cleaner.io.max.bytes.per.second",
          "log.cleaner.backoff.ms");

  private static final int MIN_IO_BYTES = 4096;
  private static final double MAX_LOAD_FACTOR = 0.99;
  private static final double MIN_LOAD_FACTOR = 0.01;

  /** From the broker's values; each thread gets its share. */
  public static CleanerConfig of(ConfigValues values) {
    int threads = Math.max(1, values.intValue("log.cleaner.threads"));
    return new CleanerConfig(
        threads,
        values.longValue("log.cleaner.dedupe.buffer.size") / threads,
        Math.clamp(
            values.doubleValue("log.cleaner.io.buffer.load.factor"),
            MIN_LOAD_FACTOR,
            MAX_LOAD_FACTOR),
        Math.max(MIN_IO_BYTES, values.intValue("log.cleaner.io.buffer.size") / threads / 2),
        values.doubleValue("log.cleaner.io.max.bytes.per.second"),
        Math.max(1, values.longValue("log.cleaner.backoff.ms")));
  }
}
