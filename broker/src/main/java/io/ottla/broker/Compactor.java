package io.ottla.broker;

import io.ottla.broker.config.CleanerConfig;
import io.ottla.log.CleanerMemory;
import io.ottla.log.cleaner.CleaningPace;
import io.ottla.replication.LogCompaction;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

/** Compacts the dirtiest log, then the next, with what {@code log.cleaner.*} says at the moment. */
final class Compactor implements PacedWork {

  private final LogCompaction compaction;
  private final Supplier<CleanerConfig> config;
  private final LongSupplier seeds;

  /**
   * @param config as it is at the moment
   * @param seeds of the hashes of keys, which nobody outside may guess
   */
  Compactor(LogCompaction compaction, Supplier<CleanerConfig> config, LongSupplier seeds) {
    this.compaction = compaction;
    this.config = config;
    this.seeds = seeds;
  }

  @Override
  public int threads() {
    return Math.max(1, config.get().threads());
  }

  @Override
  public double maxBytesPerSecond() {
    return config.get().maxBytesPerSecond();
  }

  @Override
  public long step(CleaningPace pace) {
    CleanerConfig now = config.get();
    CleanerMemory memory =
        new CleanerMemory(
            now.keyBytes(),
            now.keyLoadFactor(),
            now.ioBytes(),
            now.ioBytes(),
            TopicSettingsFactory.DECOMPRESSION,
            seeds.getAsLong());
    return compaction.cleanDirtiest(memory, pace)
        ? 0
        : TimeUnit.MILLISECONDS.toNanos(now.backoffMs());
  }
}
