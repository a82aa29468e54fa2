package io.ottla.log;

import io.ottla.wire.TopicPartition;
import java.io.IOException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Looks what is in a log directory when it is opened. */
final class DirectoryScan {

  private static final Logger LOG = LoggerFactory.getLogger(DirectoryScan.class);

  private final LogFileSystem fileSystem;
  private final Path directory;
  private final boolean clean;
  private final Map<TopicPartition, Long> points;
  private final Map<TopicPartition, Long> starts;
  private final Map<TopicPartition, Long> watermarks;
  private final Map<TopicPartition, Remembered> logs = new HashMap<>();

  /**
   * @param clean whether the last user closed everything
   * @param points recovery points, null if all of them were lost
   * @param starts where logs start, null if that is not known
   * @param watermarks null if they are not known
   */
  DirectoryScan(
      LogFileSystem fileSystem,
      Path directory,
      boolean clean,
      Map<TopicPartition, Long> points,
      Map<TopicPartition, Long> starts,
      Map<TopicPartition, Long> watermarks) {
    this.fileSystem = fileSystem;
    this.directory = directory;
    this.clean = clean;
    this.points = points;
    this.starts = starts == null ? Map.of() : starts;
    this.watermarks = watermarks == null ? Map.of() : watermarks;
  }

  /**
   * The logs, of either kind.
   *
   * @param futures is told of those that are to take the place of others
   * @param deletions is told of what was to be deleted
   * @param gone is told of logs that only the checkpoints know
   */
  Map<TopicPartition, Remembered> logs(
      FutureNames futures, PendingDeletions deletions, GoneLogs gone) throws IOException {
    List<String> names = fileSystem.list(directory);
    for (String name : names) {
      TopicPartition partition = DirectoryNames.partitionOf(name);
      if (partition != null) {
        logs.put(partition, remembered(partition));
      } else if (name.endsWith(DirectoryNames.DELETE_SUFFIX)
          && fileSystem.isDirectory(directory.resolve(name))) {
        deletions.add(directory.resolve(name), Long.MIN_VALUE);
      }
    }
    for (String name : names) {
      TopicPartition partition = FutureNames.partitionOf(name, FutureNames.MOVING);
      if (partition == null) {
        continue;
      }
      if (logs.containsKey(partition)) {
        futures.foundPrepared(partition, name);
      } else {
        fileSystem.deleteIfExists(directory.resolve(name)); // Of a log that was not named yet.
      }
    }
    for (String name : names) {
      TopicPartition partition = FutureNames.partitionOf(name, FutureNames.FUTURE);
      if (partition != null && fileSystem.isDirectory(directory.resolve(name))) {
        onFuture(partition, name, futures, deletions);
      }
    }
    if (points != null) {
      gone.addAll(points.keySet(), logs.keySet());
    }
    gone.addAll(starts.keySet(), logs.keySet());
    gone.addAll(watermarks.keySet(), logs.keySet());
    return logs;
  }

  private void onFuture(
      TopicPartition partition, String name, FutureNames futures, PendingDeletions deletions)
      throws IOException {
    if (logs.containsKey(partition)) {
      Path path = directory.resolve(name);
      LOG.info("{} is not needed and is deleted: {} is here", path, partition);
      Path to =
          directory.resolve(
              DirectoryNames.withSuffix(
                  partition, fileSystem.newId(), DirectoryNames.DELETE_SUFFIX));
      fileSystem.rename(path, to);
      deletions.add(to, Long.MIN_VALUE);
    } else {
      futures.found(partition, name);
      logs.put(partition, remembered(partition));
    }
  }

  private Remembered remembered(TopicPartition partition) {
    boolean pointKnown = points != null;
    boolean checkpointed = pointKnown && points.containsKey(partition);
    return new Remembered(
        clean,
        checkpointed,
        pointKnown,
        checkpointed ? points.get(partition) : 0L,
        starts.getOrDefault(partition, 0L),
        watermarks.getOrDefault(partition, 0L));
  }
}
