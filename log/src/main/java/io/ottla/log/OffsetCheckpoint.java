package io.ottla.log;

import io.ottla.wire.TopicPartition;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A checkpoint file of a log directory that holds one offset for each partition. Written by one
 * thread at a time; the caller sees to that.
 *
 * <p>It is replaced as a whole: written aside, forced, renamed, and the name forced. It has no
 * checksum, as it is Kafka's; one that does not hold as many lines as it says, names a partition
 * twice or an offset below zero is not used at all. What is believed of one that looks right:
 *
 * <ul>
 *   <li>recovery points: that a log ends no earlier, and that what is below was on the disk. One
 *       that is too low costs time. One that is too high, or damage below it, is found when the log
 *       is read: nothing is cut off then, the partition goes offline. Without the file, no damage
 *       that more batches follow is cut off.
 *   <li>log starts: that what is below was deleted. One behind the log's end and behind the high
 *       watermark is not believed, the partition goes offline. Without the file, records that
 *       DeleteRecords took, and that share a segment with others, are there again.
 *   <li>high watermarks: nothing but where to begin; held within the log, the replicas in sync
 *       agree on it anew.
 * </ul>
 */
final class OffsetCheckpoint {

  private static final Logger LOG = LoggerFactory.getLogger(OffsetCheckpoint.class);

  private final Path directory;
  private final Checkpoint checkpoint;

  OffsetCheckpoint(LogFileSystem fileSystem, Path directory, String name) {
    this.directory = directory;
    this.checkpoint = new Checkpoint(fileSystem, directory.resolve(name));
  }

  /**
   * A damaged checkpoint costs time, not records: the logs are read from their start. Null if there
   * is nothing one can use.
   */
  Map<TopicPartition, Long> read() {
    Map<TopicPartition, Long> offsets = new HashMap<>();
    try {
      List<String[]> entries = checkpoint.read(3);
      if (entries == null) {
        return null;
      }
      for (String[] entry : entries) {
        long offset = Long.parseLong(entry[2]);
        if (offset < 0) {
          throw new IOException("negative offset " + offset + " in " + checkpoint);
        }
        TopicPartition partition = new TopicPartition(entry[0], Integer.parseInt(entry[1]));
        if (offsets.put(partition, offset) != null) {
          throw new IOException(partition + " is twice in " + checkpoint);
        }
      }
    } catch (IOException | IllegalArgumentException e) {
      LOG.warn(
          "{} is not used, logs are read from their start after a crash: {}",
          checkpoint,
          e.getMessage());
      return null;
    }
    return offsets;
  }

  /**
   * Replaces the file.
   *
   * @throws LogException KAFKA_STORAGE_ERROR if the disk fails
   */
  void write(Map<TopicPartition, Long> offsets) {
    List<String> lines = new ArrayList<>(offsets.size());
    offsets.forEach(
        (partition, offset) ->
            lines.add(partition.topic() + " " + partition.partition() + " " + offset));
    try {
      checkpoint.write(lines, true);
    } catch (IOException e) {
      throw LogException.storage("writing checkpoints of " + directory, e);
    }
  }
}
