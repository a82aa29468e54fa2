package io.ottla.metadata.quorum;

import io.ottla.wire.Uuid;
import java.io.IOException;
import java.io.StringReader;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Properties;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * Whose a log directory is: the file {@code meta.properties} in it, in Kafka's format.
 *
 * @param clusterId the cluster
 * @param nodeId the node
 * @param directoryId this directory; {@link Uuid#ZERO} when whoever wrote the file gave none
 */
record MetaProperties(String clusterId, int nodeId, Uuid directoryId) {

  static final String FILE_NAME = "meta.properties";

  private static final String VERSION = "1";

  /**
   * Reads a directory's file.
   *
   * @return null when there is none
   * @throws QuorumException if the file is not what it should be
   */
  static MetaProperties read(Path directory) throws IOException {
    Path file = directory.resolve(FILE_NAME);
    Properties properties = new Properties();
    try {
      properties.load(new StringReader(Files.readString(file)));
    } catch (NoSuchFileException e) {
      return null;
    } catch (IllegalArgumentException e) {
      throw flaw(file, "it is not a properties file", e);
    }
    if (!VERSION.equals(properties.getProperty("version"))) {
      throw flaw(
          file, "its version is " + properties.getProperty("version") + ", not " + VERSION, null);
    }
    String clusterId = properties.getProperty("cluster.id");
    String nodeId = properties.getProperty("node.id");
    if (clusterId == null || clusterId.isEmpty() || nodeId == null) {
      throw flaw(file, "it has no cluster.id or no node.id", null);
    }
    String directoryId = properties.getProperty("directory.id");
    try {
      return new MetaProperties(
          clusterId,
          Integer.parseInt(nodeId),
          directoryId == null ? Uuid.ZERO : Uuid.parse(directoryId));
    } catch (IllegalArgumentException e) {
      throw flaw(file, e.getMessage(), e);
    }
  }

  private static QuorumException flaw(Path file, String why, Throwable cause) {
    return new QuorumException(
        file
            + " cannot be used: "
            + why
            + ". Put back the file this directory had, or start with an empty directory",
        cause);
  }

  /** The file's lines, by key in order. */
  SortedMap<String, String> toMap() {
    SortedMap<String, String> map = new TreeMap<>();
    map.put("version", VERSION);
    map.put("cluster.id", clusterId);
    map.put("node.id", Integer.toString(nodeId));
    if (!directoryId.isZero()) {
      map.put("directory.id", directoryId.toString());
    }
    return map;
  }

  /** Writes the file so that it is there whole, or not at all. */
  void write(Path directory) throws IOException {
    writeAtomically(
        directory.resolve(FILE_NAME),
        "version="
            + VERSION
            + "\ncluster.id="
            + clusterId
            + "\nnode.id="
            + nodeId
            + "\ndirectory.id="
            + directoryId
            + "\n");
  }

  /** Replaces a small file: content, forced; rename; directory, forced. */
  static void writeAtomically(Path file, String content) throws IOException {
    Path temporary = file.resolveSibling(file.getFileName() + ".tmp");
    try (FileChannel channel =
        FileChannel.open(
            temporary,
            StandardOpenOption.CREATE,
            StandardOpenOption.TRUNCATE_EXISTING,
            StandardOpenOption.WRITE)) {
      ByteBuffer bytes = ByteBuffer.wrap(content.getBytes(StandardCharsets.UTF_8));
      while (bytes.hasRemaining()) {
        channel.write(bytes);
      }
      channel.force(true);
    }
    Files.move(
        temporary, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    Directories.force(file.getParent());
  }
}
