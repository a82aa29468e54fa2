package io.ottla.replication;

import io.ottla.log.CleanableRange;
import io.ottla.log.CleanerMemory;
import io.ottla.log.LogCleaning;
import io.ottla.log.LogException;
import io.ottla.log.LogOwner;
import io.ottla.log.PartitionLog;
import io.ottla.log.cleaner.CleaningAborted;
import io.ottla.log.cleaner.CleaningPace;
import io.ottla.log.cleaner.CleaningStats;
import io.ottla.log.cleaner.CompactionConfig;
import io.ottla.runtime.Clock;
import io.ottla.wire.ErrorCode;
import io.ottla.wire.TopicPartition;
import java.io.IOException;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicReference;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Compacts the logs of this broker whose {@code cleanup.policy} says so, the dirtiest first. The
 * broker's cleaner threads call, several at a time; each call works on one log, off its shard, and
 * may take long. A log that cannot be compacted stops no other: it is left alone for a while,
 * longer each time, and tried again.
 */
public final class LogCompaction {

  private static final Logger LOG = LoggerFactory.getLogger(LogCompaction.class);

  private static final long RETRY_MIN_MS = 60_000;
  private static final long RETRY_MAX_MS = 3_600_000;
  private static final double MEGA = 1e6;

  private record Candidate(
      Partition partition, PartitionLog log, LogDirectories.Place place, CleanableRange range) {}

  private record Uncleanable(String why, long retryMs, long nextTryMs) {}

  private final Partitions partitions;
  private final LogDirectories directories;
  private final Executor disk;
  private final Clock clock;
  private final Set<PartitionLog> inWork = ConcurrentHashMap.newKeySet();
  private final Map<PartitionLog, Uncleanable> uncleanable = new ConcurrentHashMap<>();
  private final AtomicReference<CompactionStatus> status =
      new AtomicReference<>(CompactionStatus.NONE);

  /**
   * @param disk waits for the disk while a cleaning goes on; may do so in the calling thread
   */
  public LogCompaction(
      Partitions partitions, LogDirectories directories, Executor disk, Clock clock) {
    this.partitions = partitions;
    this.directories = directories;
    this.disk = disk;
    this.clock = clock;
  }

  /** How it is getting on. Any thread. */
  public CompactionStatus status() {
    return status.get();
  }

  /**
   * Compacts the log that needs it most.
   *
   * @return false if none does
   */
  public boolean cleanDirtiest(CleanerMemory memory, CleaningPace pace) {
    Candidate candidate = choose();
    if (candidate == null) {
      return false;
    }
    try {
      clean(candidate, memory, pace);
    } finally {
      inWork.remove(candidate.log());
    }
    return true;
  }

  /** One thread at a time: two must not choose the same. */
  private synchronized Candidate choose() {
    uncleanable.keySet().removeIf(log -> directories.whereIs(log) == null);
    Candidate dirtiest = null;
    double maxRatio = 0;
    long maxOverdueMs = 0;
    for (Partition partition : partitions.all()) {
      Candidate candidate = candidate(partition);
      if (candidate == null) {
        continue;
      }
      CleanableRange range = candidate.range();
      maxRatio = Math.max(maxRatio, range.dirtyRatio());
      maxOverdueMs = Math.max(maxOverdueMs, range.overdueMs());
      if (range.isDue(partition.settings().log().compaction())
          && (dirtiest == null || range.dirtyRatio() > dirtiest.range().dirtyRatio())) {
        dirtiest = candidate;
      }
    }
    tellLooked(maxRatio, maxOverdueMs);
    if (dirtiest != null) {
      inWork.add(dirtiest.log());
    }
    return dirtiest;
  }

  private Candidate candidate(Partition partition) {
    PartitionLog log = partition.log();
    if (!partition.settings().log().compact() || inWork.contains(log)) {
      return null;
    }
    long nowMs = clock.wallMs();
    Uncleanable known = uncleanable.get(log);
    LogDirectories.Place place = directories.whereIs(log);
    if (place == null
        || place.directory().isFull()
        || (known != null && nowMs < known.nextTryMs())) {
      return null;
    }
    CompactionConfig config = partition.settings().log().compaction();
    long cleanedTo = place.directory().cleanerOffsets().get(partition.topicPartition());
    try {
      CleanableRange range = CleanableRange.of(log.view(), cleanedTo, config, nowMs);
      return new Candidate(partition, log, place, range);
    } catch (IOException | LogException e) {
      markUncleanable(log, e);
      return null;
    }
  }

  private void clean(Candidate candidate, CleanerMemory memory, CleaningPace pace) {
    PartitionLog log = candidate.log();
    long begunNs = clock.nowNs();
    LogOwner owner = task -> onShard(candidate, task);
    AtomicReference<LogCleaning> begun = new AtomicReference<>();
    try {
      owner.run(() -> begun.set(log.beginCleaning(candidate.range())));
      try (LogCleaning cleaning = begun.get()) {
        if (cleaning == null) {
          return; // Changed meanwhile, and looked at anew the next time.
        }
        cleaning.run(
            memory,
            bytes -> {
              checkHosted(candidate);
              pace.spend(bytes);
            },
            owner,
            clock::wallMs,
            disk);
        uncleanable.remove(log);
        tellDone(candidate, cleaning, clock.nowNs() - begunNs);
      }
    } catch (CleaningAborted e) {
      LOG.info("Compaction of {} was given up: {}", log.topicPartition(), e.getMessage());
    } catch (LogException e) {
      if (e.error() != ErrorCode.NOT_LEADER_OR_FOLLOWER) { // Else it was closed, or cut.
        markUncleanable(log, e);
      }
    } catch (IOException | RuntimeException | OutOfMemoryError e) {
      if (directories.whereIs(log) != null) { // Else its files were moved or deleted meanwhile.
        markUncleanable(log, e);
      }
    }
  }

  private void checkHosted(Candidate candidate) {
    Partition partition = candidate.partition();
    int index = partition.topicPartition().partition();
    if (partitions.get(partition.topicId(), index) != partition
        || partition.log() != candidate.log()) {
      throw new CleaningAborted("it is not here any more");
    }
  }

  /** Waits until the partition's shard has run something, if the log is still the partition's. */
  private void onShard(Candidate candidate, Runnable task) {
    OwnerCall.run(
        candidate.partition().shard(),
        () -> {
          checkHosted(candidate);
          task.run();
        });
  }

  private void markUncleanable(PartitionLog log, Throwable cause) {
    Uncleanable before = uncleanable.get(log);
    long retryMs = before == null ? RETRY_MIN_MS : Math.min(RETRY_MAX_MS, 2 * before.retryMs());
    uncleanable.put(
        log,
        new Uncleanable(String.valueOf(cause.getMessage()), retryMs, clock.wallMs() + retryMs));
    LOG.warn(
        "{} cannot be compacted, and grows until it can; it is tried again in {} s. Why: {}",
        log.topicPartition(),
        retryMs / 1000,
        String.valueOf(cause),
        cause instanceof IOException ? null : cause);
    tellUncleanable();
  }

  private void tellLooked(double maxRatio, long maxOverdueMs) {
    long nowMs = clock.wallMs();
    status.updateAndGet(
        now ->
            new CompactionStatus(
                now.uncleanable(),
                maxRatio,
                maxOverdueMs,
                now.cleanings(),
                now.bytesRead(),
                now.bytesWritten(),
                nowMs,
                now.last()));
    tellUncleanable();
  }

  private void tellUncleanable() {
    Map<TopicPartition, String> why = new HashMap<>();
    uncleanable.forEach((log, it) -> why.put(log.topicPartition(), it.why()));
    status.updateAndGet(
        now ->
            now.uncleanable().equals(why)
                ? now
                : new CompactionStatus(
                    Map.copyOf(why),
                    now.maxDirtyRatio(),
                    now.maxOverdueMs(),
                    now.cleanings(),
                    now.bytesRead(),
                    now.bytesWritten(),
                    now.lastRunMs(),
                    now.last()));
  }

  private void tellDone(Candidate candidate, LogCleaning cleaning, long tookNs) {
    CleaningStats stats = cleaning.stats();
    status.updateAndGet(
        now ->
            new CompactionStatus(
                now.uncleanable(),
                now.maxDirtyRatio(),
                now.maxOverdueMs(),
                now.cleanings() + 1,
                now.bytesRead() + stats.bytesIndexed() + stats.bytesRead(),
                now.bytesWritten() + stats.bytesWritten(),
                now.lastRunMs(),
                stats));
    LOG.info(
        "Compacted {} up to offset {} in {} ms: {} of {} records and {} of {} MB are left",
        candidate.log().topicPartition(),
        cleaning.cleanedTo(),
        tookNs / 1_000_000,
        stats.recordsWritten(),
        stats.recordsRead(),
        Math.round(stats.bytesWritten() / MEGA * 10) / 10.0,
        Math.round(stats.bytesRead() / MEGA * 10) / 10.0);
    if (stats.keyless() > 0) {
      LOG.warn(
          "{} records without a key were in {} and are gone: a compacted topic takes none, so they"
              + " are from before it became one",
          stats.keyless(),
          candidate.log().topicPartition());
    }
  }
}
