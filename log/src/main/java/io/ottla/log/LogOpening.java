package io.ottla.log;

import io.ottla.wire.ErrorCode;
import io.ottla.wire.TopicPartition;
import io.ottla.wire.Uuid;
import java.io.IOException;
import java.nio.file.Path;

/**
 * Opens logs: finds or makes their directory, has them recovered, and puts their parts together.
 */
final class LogOpening {

  private LogOpening() {}

  /** See {@link PartitionLog#open}. */
  static PartitionLog open(
      LogDirectory directory,
      TopicPartition partition,
      Uuid topicId,
      LogConfig config,
      long nowMs,
      int newestEpoch) {
    LogFileSystem fs = directory.fileSystem();
    Path path = directory.partitionPath(partition);
    try {
      Remembered remembered = directory.remembered(partition);
      boolean known = claim(directory, partition, topicId, remembered);
      LogRecovery.Result found =
          new LogRecovery(fs, path, partition, config, remembered, nowMs, newestEpoch).recover();
      LogOffsets offsets =
          new LogOffsets(
              found.logStartOffset(),
              remembered.recoveryPoint(),
              remembered.highWatermark(),
              found.logEndOffset());
      LogParts parts =
          new LogParts(
              new LogSegments(fs, path, directory.deletions(), found.segments()),
              offsets,
              found.leaderEpochs(),
              found.producers(),
              found.snapshots());
      parts.producers().onHighWatermark(offsets.highWatermark());
      parts.settleStable();
      PartitionLog log =
          new PartitionLog(directory, partition, topicId, config, parts, found.report());
      if (known && found.report().clean() && remembered.recoveryPoint() > 0) {
        log.wasClosedCleanly();
      }
      publish(directory, log, remembered);
      return log;
    } catch (IOException e) {
      throw LogException.storage("opening the log in " + path, e);
    }
  }

  private static void publish(LogDirectory directory, PartitionLog log, Remembered remembered) {
    boolean published = false;
    directory.onOpened(log);
    try {
      if (remembered.recoveryPoint() > log.recoveryPoint()) {
        // Others will take these offsets, and must not be believed to be on the disk.
        directory.checkpointRecoveryPoints();
      }
      if (remembered.highWatermark() > log.highWatermark()) {
        // Nor must they be believed to be committed.
        directory.checkpointHighWatermarks();
      }
      published = true;
    } finally {
      if (!published) {
        directory.onNotOpened(log, remembered);
      }
    }
  }

  /**
   * Makes sure that the partition's directory is there and belongs to the topic.
   *
   * @return whether it said so before
   */
  private static boolean claim(
      LogDirectory directory, TopicPartition partition, Uuid topicId, Remembered remembered)
      throws IOException {
    LogFileSystem fs = directory.fileSystem();
    Path path = directory.partitionPath(partition);
    if (!fs.exists(path)) {
      directory.onCreating(partition);
      fs.createDirectory(path);
    }
    Uuid found = PartitionMetadata.read(fs, path);
    if (found == null) {
      if (remembered.recoveryPoint() > 0 && PartitionMetadata.exists(fs, path)) {
        // It was on the disk before the records were: this is no trace of a loss of power.
        throw new IOException(path + " is damaged: its partition.metadata holds no topic id");
      }
      PartitionMetadata.write(fs, path, topicId);
    } else if (!found.equals(topicId)) {
      if (PartitionMetadata.isNearly(found, topicId)) {
        throw new IOException(
            path
                + " is damaged: topic id "
                + found
                + " in its partition.metadata is almost, but not quite "
                + topicId
                + "; if the directory is the topic's, delete that file");
      }
      throw new LogException(
          ErrorCode.INCONSISTENT_TOPIC_ID,
          path + " belongs to topic id " + found + ", not " + topicId);
    }
    return found != null;
  }
}
