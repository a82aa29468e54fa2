package io.ottla.log;

import io.ottla.wire.TopicPartition;

/** Told how the recovery of a log goes on, on the thread that recovers it. */
@FunctionalInterface
public interface LogRecoveryProgress {

  LogRecoveryProgress NONE = (partition, done, total, bytes) -> {};

  /**
   * A segment has been scanned.
   *
   * @param done how many of this log by now
   * @param total how many of this log there are to scan
   * @param bytes of the segment just done
   */
  void onSegment(TopicPartition partition, int done, int total, long bytes);
}
