package io.ottla.broker;

import io.ottla.broker.config.HousekeepingConfig;
import io.ottla.log.LogException;
import io.ottla.replication.LogHousekeeping;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Runs what has to be done to the logs now and then. */
final class Housekeeping {

  private static final Logger LOG = LoggerFactory.getLogger(Housekeeping.class);

  /** file.delete.delay.ms is taken at its word, give or take this. */
  private static final long DELETION_CHECK_MS = 1_000;

  private static final long SPACE_CHECK_MS = 5_000;

  private final NodeThreads threads;

  Housekeeping(NodeThreads threads) {
    this.threads = threads;
  }

  void begin(LogHousekeeping logs, HousekeepingConfig intervals) {
    every(intervals.retentionCheckIntervalMs(), logs::retire);
    every(DELETION_CHECK_MS, logs::deleteDue);
    every(intervals.flushCheckIntervalMs(), logs::forceDue);
    every(intervals.recoveryPointCheckpointIntervalMs(), logs::checkpointOffsets);
    every(intervals.highWatermarkCheckpointIntervalMs(), logs::checkpointHighWatermarks);
    every(intervals.producerExpiryCheckIntervalMs(), logs::expireProducers);
    every(SPACE_CHECK_MS, logs::checkSpace);
  }

  /** Runs something each time so long after it has run. */
  void every(long intervalMs, Runnable work) {
    threads.repeat(
        intervalMs,
        () -> {
          try {
            work.run();
          } catch (LogException e) {
            // A disk that is full or has failed: said where it was found, and no bug.
            LOG.warn("Logs could not be looked after now, it is tried again: {}", e.getMessage());
          } catch (RuntimeException e) {
            LOG.error("Housekeeping failed; it will be tried again", e);
          }
        });
  }
}
