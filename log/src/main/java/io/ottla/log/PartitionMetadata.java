package io.ottla.log;

import io.ottla.wire.Uuid;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;

/**
 * The file partition.metadata: which topic, by id, a partition's directory belongs to.
 *
 * <pre>
 *  version: 0
 *  topic_id: 7Lg9vbbATpCYZBJDl3OHkA
 * </pre>
 */
final class PartitionMetadata {

  private PartitionMetadata() {}

  /**
   * Writes the topic's id, whole or not at all. The names are not forced: a new log whose id is
   * lost with the power is empty and is given it again, and a thousand new partitions need not wait
   * for thousands of forces.
   */
  static void write(LogFileSystem fileSystem, Path directory, Uuid topicId) throws IOException {
    Path path = directory.resolve(SegmentFiles.PARTITION_METADATA);
    Path aside = path.resolveSibling(path.getFileName() + ".tmp");
    String text = "version: 0\ntopic_id: " + topicId;
    try (LogFile file = fileSystem.open(aside)) {
      file.truncate(0);
      file.appendAt(0);
      ByteBuffer bytes = ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8));
      while (bytes.hasRemaining()) {
        file.write(bytes);
      }
      file.force();
    }
    fileSystem.rename(aside, path);
  }

  /** Returns when the file's name and the directory's are on the disk. */
  static void force(LogFileSystem fileSystem, Path directory) throws IOException {
    fileSystem.forceDirectory(directory);
    fileSystem.forceDirectory(directory.getParent());
  }

  /**
   * Reads the topic's id.
   *
   * @return null if there is no file
   * @throws IOException if it cannot be read
   */
  static Uuid read(LogFileSystem fileSystem, Path directory) throws IOException {
    Path file = directory.resolve(SegmentFiles.PARTITION_METADATA);
    String text;
    try {
      text = new String(fileSystem.readAll(file), StandardCharsets.UTF_8);
    } catch (NoSuchFileException e) {
      return null;
    }
    for (String line : text.lines().toList()) {
      if (line.startsWith("topic_id:")) {
        try {
          return Uuid.parse(line.substring("topic_id:".length()).strip());
        } catch (IllegalArgumentException e) {
          throw new IOException(file + " holds no topic id: '" + line + "'", e);
        }
      }
    }
    throw new IOException(file + " holds no topic id");
  }
}
