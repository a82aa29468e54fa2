package io.ottla.replication;

import io.ottla.log.LogConfig;
import io.ottla.log.LogDirectory;
import io.ottla.log.LogException;
import io.ottla.runtime.Clock;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What has to be done to logs now and then: retention, checkpoints, forces that are due by time,
 * files that wait to be deleted. The broker's scheduler calls, on a thread that may block; what
 * concerns a partition's state is done on its shard.
 */
public final class LogHousekeeping {

  private static final Logger LOG = LoggerFactory.getLogger(LogHousekeeping.class);

  private final Partitions partitions;
  private final LogDirectories directories;
  private final Clock clock;

  public LogHousekeeping(Partitions partitions, LogDirectories directories, Clock clock) {
    this.partitions = partitions;
    this.directories = directories;
    this.clock = clock;
  }

  /** Lets go of what is too old or too much ({@code log.retention.check.interval.ms}). */
  public void retire() {
    for (Partition partition : partitions.all()) {
      readAges(partition);
      partition
          .shard()
          .submit(
              () -> {
                try {
                  partition.log().deleteRetired(clock.wallMs());
                } catch (LogException e) {
                  LOG.error("Retention of {} failed", partition.topicPartition(), e);
                }
              });
    }
  }

  /** What is not in memory is read here, and not on the shard. */
  private void readAges(Partition partition) {
    LogConfig config = partition.settings().log();
    if (config.delete() && config.retentionMs() >= 0) {
      try {
        partition.view().readAges(clock.wallMs() - config.retentionMs());
      } catch (LogException e) {
        LOG.debug("Retention of {} will come upon it: {}", partition.topicPartition(), e);
      }
    }
  }

  /** Forgets producers that have been idle ({@code producer.id.expiration.check.interval.ms}). */
  public void expireProducers() {
    for (Partition partition : partitions.all()) {
      partition.shard().submit(() -> partition.log().expireProducers(clock.wallMs()));
    }
  }

  /** Hands to the flushers what {@code flush.ms} wants on the disk by now. */
  public void forceDue() {
    for (Partition partition : partitions.all()) {
      if (partition.view().recoveryPoint() < partition.view().logEndOffset()) {
        partition.shard().submit(partition::requestForceIfWanted);
      }
    }
  }

  /** Writes the high watermarks ({@code replica.high.watermark.checkpoint.interval.ms}). */
  public void checkpointHighWatermarks() {
    inEach(LogDirectory::checkpointHighWatermarks);
  }

  /**
   * Writes where recovery has to begin and where logs start ({@code
   * log.flush.offset.checkpoint.interval.ms}).
   */
  public void checkpointOffsets() {
    inEach(
        directory -> {
          directory.checkpointRecoveryPoints();
          directory.checkpointLogStartOffsets();
        });
  }

  /** Deletes files whose {@code file.delete.delay.ms} is over. */
  public void deleteDue() {
    inEach(directory -> directory.deleteDue(clock.wallMs()));
  }

  /** Looks at the free space, so that logs refuse appends before the last bytes are gone. */
  public void checkSpace() {
    directories.checkSpace();
  }

  /** One directory that does not take it does not keep it from the others. */
  private void inEach(Consumer<LogDirectory> work) {
    for (LogDirectories.Place place : directories.all()) {
      if (!directories.isFailed(place)) {
        try {
          work.accept(place.directory());
        } catch (LogException e) {
          directories.onRefused(place, e);
        }
      }
    }
  }
}
