package io.ottla.log;

import io.ottla.wire.TopicPartition;

/** Told how the recovery of a log goes on, on the thread that recovers it. */
@FunctionalInterface
public interface LogRecoveryProgress {

  LogRecoveryProgress NONE = (partition, done, total) -> {};

  /** A segment has been scanned. */
  void onSegment(TopicPartition partition, int done, int total);
}
