package io.ottla.bench.log;

import java.util.Locale;
import java.util.Map;

/** What can be measured, by the name that {@code --only} knows it by. */
enum LogFigure {
  /** A broker killed over logs that were never forced. */
  RESTART {
    @Override
    LogMeasurement make(LogOptions options) {
      return new KilledRestart(options.restartBytes());
    }
  },

  /** A broker with very many partitions: its clean restart, and its memory. */
  PARTITIONS {
    @Override
    LogMeasurement make(LogOptions options) {
      return new ManyPartitions(options.partitions(), options.settleSeconds());
    }
  },

  /** A keyed topic that becomes due for compaction all at once. */
  COMPACTION {
    @Override
    LogMeasurement make(LogOptions options) {
      return new Compaction(options.compactionBytes(), options.compactionValueBytes);
    }

    // The cleaners look for work so often that their waiting adds little to what is measured.
    @Override
    Map<String, String> brokerProperties() {
      return Map.of("log.cleaner.backoff.ms", "100");
    }
  },

  /** Appends that are each on the disk before they are acknowledged. */
  FLUSH {
    @Override
    LogMeasurement make(LogOptions options) {
      return new ForcedAppends(options.flushPartitions, options.flushSeconds());
    }
  },

  /** A consumer of what is not in memory, beside an application at the tail. */
  COLD {
    @Override
    LogMeasurement make(LogOptions options) {
      return new ColdReads(options.coldBytes(), options.rate, options.quietSeconds());
    }
  };

  abstract LogMeasurement make(LogOptions options);

  /** Over the defaults of both brokers, under what the command line says. */
  Map<String, String> brokerProperties() {
    return Map.of();
  }

  /** As it is written on the command line. */
  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT);
  }
}
