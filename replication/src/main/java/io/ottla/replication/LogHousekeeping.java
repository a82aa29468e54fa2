package io.ottla.replication;

import io.ottla.log.LogException;
import io.ottla.runtime.Clock;
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
      partition
          .shard()
          .submit(
              () -> {
                try {
                  partition.log().expireProducers(clock.wallMs());
                  partition.log().deleteRetired(clock.wallMs());
                } catch (LogException e) {
                  LOG.error("Retention of {} failed", partition.topicPartition(), e);
                }
              });
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
    directories.all().forEach(place -> place.directory().checkpointHighWatermarks());
  }

  /**
   * Writes where recovery has to begin and where logs start ({@code
   * log.flush.offset.checkpoint.interval.ms}).
   */
  public void checkpointOffsets() {
    directories
        .all()
        .forEach(
            place -> {
              place.directory().checkpointRecoveryPoints();
              place.directory().checkpointLogStartOffsets();
            });
  }

  /** Deletes files whose {@code file.delete.delay.ms} is over. */
  public void deleteDue() {
    directories.all().forEach(place -> place.directory().deleteDue(clock.wallMs()));
  }

  /**
   * Looks at the free space, so that logs refuse appends before the last bytes are gone.
   *
   * @param reservedBytes what must stay free in each directory
   */
  public void checkSpace(long reservedBytes) {
    directories
        .all()
        .forEach(
            place -> {
              boolean full = !place.directory().checkSpace(reservedBytes);
              if (!directories.fill(place, full)) {
                return;
              }
              if (full) {
                LOG.error(
                    "{} has less than {} bytes of space left: appends are refused, and other"
                        + " brokers lead where there are any, until there is room",
                    place.directory(),
                    reservedBytes);
              } else {
                LOG.info("{} has space again: appends are taken", place.directory());
              }
            });
  }
}
