package io.ottla.replication;

import io.ottla.log.cleaner.CleaningStats;
import io.ottla.wire.TopicPartition;
import java.util.Map;

/**
 * How compaction is getting on, for metrics.
 *
 * @param uncleanable logs that could not be compacted, and why; they are tried again
 * @param maxDirtyRatio of the dirtiest log when it was looked last, 0 to 1
 * @param maxOverdueMs for how long a log waits that must be compacted by its age
 * @param cleanings that were finished
 * @param bytesRead by all of them
 * @param bytesWritten by all of them
 * @param lastRunMs when it was looked last for something to do; -1 if not yet
 * @param last what the last one did
 */
public record CompactionStatus(
    Map<TopicPartition, String> uncleanable,
    double maxDirtyRatio,
    long maxOverdueMs,
    long cleanings,
    long bytesRead,
    long bytesWritten,
    long lastRunMs,
    CleaningStats last) {

  static final CompactionStatus NONE =
      new CompactionStatus(Map.of(), 0, 0, 0, 0, 0, -1, CleaningStats.NONE);
}
