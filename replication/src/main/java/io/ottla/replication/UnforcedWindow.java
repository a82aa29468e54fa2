package io.ottla.replication;

import io.ottla.log.LogDirectory;
import io.ottla.log.LogView;
import io.ottla.log.PartitionLog;
import java.nio.file.Path;

/**
 * What a loss of power would put at risk in one log directory, were there no other replicas: what
 * was appended since the logs were opened and is not forced. A picture of a moment.
 *
 * @param directory which one
 * @param logs how many of its logs have such records
 * @param bytes of all of them
 * @param oldestMs how long ago the first of them was appended, 0 if there are none
 */
public record UnforcedWindow(Path directory, int logs, long bytes, long oldestMs) {

  static UnforcedWindow of(LogDirectory directory, long nowMs) {
    int logs = 0;
    long bytes = 0;
    long oldestMs = 0;
    for (PartitionLog log : directory.logs()) {
      LogView view = log.view();
      if (view.unforcedBytes() > 0) {
        logs++;
        bytes += view.unforcedBytes();
        oldestMs = Math.max(oldestMs, nowMs - view.unforcedSinceMs());
      }
    }
    return new UnforcedWindow(directory.path(), logs, bytes, oldestMs);
  }
}
