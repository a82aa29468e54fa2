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
 * Up to where the logs of a directory were compacted, in its file cleaner-offset-checkpoint. Any
 * thread; changes write the file and block.
 *
 * <p>A wrong offset costs no record: from one that is too low, or outside of the log, compaction
 * does again what it has done; below one that is too high, keys keep older values for longer. A
 * file that contradicts itself is not used.
 */
public final class CleanerOffsets {

  private static final Logger LOG = LoggerFactory.getLogger(CleanerOffsets.class);
  private static final String NAME = "cleaner-offset-checkpoint";

  private final Checkpoint checkpoint;
  private final Map<TopicPartition, Long> offsets = new HashMap<>();

  CleanerOffsets(LogFileSystem fileSystem, Path directory) {
    this.checkpoint = new Checkpoint(fileSystem, directory.resolve(NAME));
    try {
      List<String[]> entries = checkpoint.read(3);
      for (String[] entry : entries == null ? List.<String[]>of() : entries) {
        long offset = Long.parseLong(entry[2]);
        TopicPartition partition = new TopicPartition(entry[0], Integer.parseInt(entry[1]));
        if (offset < 0 || offsets.put(partition, offset) != null) {
          throw new IOException("two offsets, or a negative one, of " + partition + " in " + NAME);
        }
      }
    } catch (IOException | IllegalArgumentException e) {
      LOG.warn(
          "Compacted logs of {} are compacted from their start: {}", directory, e.getMessage());
      offsets.clear();
    }
  }

  /** Records below it were compacted; -1 if none were. */
  public synchronized long get(TopicPartition partition) {
    return offsets.getOrDefault(partition, -1L);
  }

  /**
   * A cleaning has come to an offset.
   *
   * @throws LogException KAFKA_STORAGE_ERROR if the disk fails; then the offset counts until the
   *     broker stops
   */
  public synchronized void set(TopicPartition partition, long offset) {
    offsets.put(partition, offset);
    write();
  }

  /** A log is begun that is filled from one in another directory. */
  void takeOver(TopicPartition partition, CleanerOffsets from) {
    long offset = from.get(partition);
    if (offset >= 0) {
      set(partition, offset);
    } else {
      remove(partition);
    }
  }

  /** The log was cut: what is written from there on is not compacted. */
  synchronized void lower(TopicPartition partition, long offset) {
    if (get(partition) > offset) {
      set(partition, offset);
    }
  }

  /** The log is gone. */
  public synchronized void remove(TopicPartition partition) {
    if (offsets.remove(partition) != null) {
      write();
    }
  }

  private void write() {
    List<String> lines = new ArrayList<>(offsets.size());
    offsets.forEach(
        (partition, offset) ->
            lines.add(partition.topic() + " " + partition.partition() + " " + offset));
    try {
      checkpoint.write(lines, true);
    } catch (IOException e) {
      throw LogException.storage("writing " + NAME, e);
    }
  }
}
