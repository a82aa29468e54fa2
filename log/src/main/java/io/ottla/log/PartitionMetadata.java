package io.ottla.log;

import io.ottla.wire.Uuid;
import java.io.IOException;
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

  static void write(LogFileSystem fileSystem, Path directory, Uuid topicId) throws IOException {
    String text = "version: 0\ntopic_id: " + topicId;
    fileSystem.writeAll(
        directory.resolve(SegmentFiles.PARTITION_METADATA),
        text.getBytes(StandardCharsets.UTF_8),
        true);
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
