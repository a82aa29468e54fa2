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

  private static final String HEAD = "version: 0\ntopic_id: ";
  private static final int ID_CHARS = 22;
  private static final int DAMAGED_BITS = 16;

  /** One that was drawn at random has so many bits set. */
  private static final int RANDOM_BITS = 24;

  private PartitionMetadata() {}

  /**
   * Writes the topic's id, which a process that dies leaves whole or not at all. Nothing is forced:
   * a new log whose id is lost with the power has nothing that was forced and is given it again,
   * and a thousand new partitions need not wait for thousands of forces.
   */
  static void write(LogFileSystem fileSystem, Path directory, Uuid topicId) throws IOException {
    Path path = path(directory);
    Path aside = path.resolveSibling(path.getFileName() + ".tmp");
    String text = HEAD + topicId;
    try (LogFile file = fileSystem.open(aside)) {
      file.truncate(0);
      file.appendAt(0);
      ByteBuffer bytes = ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8));
      while (bytes.hasRemaining()) {
        file.write(bytes);
      }
    }
    fileSystem.rename(aside, path);
  }

  /** Returns when the file is on the disk, and its name and the directory's are. */
  static void force(LogFileSystem fileSystem, Path directory) throws IOException {
    try (LogFile file = fileSystem.openExisting(path(directory))) {
      file.force();
    }
    fileSystem.forceDirectory(directory);
    fileSystem.forceDirectory(directory.getParent());
  }

  /**
   * Reads the topic's id.
   *
   * @return null if there is none: no file, or what the loss of power has left of one that was
   *     never forced
   * @throws IOException if it cannot be read, or says something else
   */
  static Uuid read(LogFileSystem fileSystem, Path directory) throws IOException {
    Path file = path(directory);
    String text;
    try {
      text = new String(fileSystem.readAll(file), StandardCharsets.UTF_8);
    } catch (NoSuchFileException e) {
      return null;
    }
    for (String line : text.lines().toList()) {
      if (line.startsWith("topic_id:") && !isTorn(text)) {
        try {
          return Uuid.parse(line.substring("topic_id:".length()).strip());
        } catch (IllegalArgumentException e) {
          throw new IOException(file + " holds no topic id: '" + line + "'", e);
        }
      }
    }
    if (isTorn(text)) {
      return null;
    }
    throw new IOException(file + " holds no topic id");
  }

  /**
   * Whether an id that was found is the one wanted, damaged: ids are drawn at random, and differ in
   * some sixty bits.
   */
  static boolean isNearly(Uuid found, Uuid wanted) {
    long high = wanted.mostSignificantBits();
    long low = wanted.leastSignificantBits();
    return Long.bitCount(high) + Long.bitCount(low) >= RANDOM_BITS
        && Long.bitCount(high ^ found.mostSignificantBits())
                + Long.bitCount(low ^ found.leastSignificantBits())
            <= DAMAGED_BITS;
  }

  /** Whether a file is there, whatever it says. */
  static boolean exists(LogFileSystem fileSystem, Path directory) throws IOException {
    return fileSystem.exists(path(directory));
  }

  private static Path path(Path directory) {
    return directory.resolve(SegmentFiles.PARTITION_METADATA);
  }

  /** Nothing, or the beginning and then zeros, as a file system leaves what it had not written. */
  private static boolean isTorn(String text) {
    int end = text.indexOf('\0');
    String begun = end < 0 ? text : text.substring(0, end);
    return begun.length() < HEAD.length() + ID_CHARS
        && HEAD.startsWith(begun.substring(0, Math.min(begun.length(), HEAD.length())));
  }
}
