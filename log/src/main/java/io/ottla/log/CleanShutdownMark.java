package io.ottla.log;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The file .kafka_cleanshutdown in a log directory, there if everything in it was closed. It tells
 * the epoch of the broker that did so (KIP-966), as Kafka reads it:
 *
 * <pre>
 *  {"version":0,"brokerEpoch":17}
 * </pre>
 */
final class CleanShutdownMark {

  private static final String NAME = ".kafka_cleanshutdown";
  private static final Pattern BROKER_EPOCH = Pattern.compile("\"brokerEpoch\"\\s*:\\s*(-?\\d+)");

  /** Where directories were taken over from Kafka, the other one is the epoch Kafka knows. */
  private static final Pattern OWN_BROKER_EPOCH =
      Pattern.compile("\"ottlaBrokerEpoch\"\\s*:\\s*(-?\\d+)");

  private final LogFileSystem fileSystem;
  private final Path directory;
  private final Path path;

  CleanShutdownMark(LogFileSystem fileSystem, Path directory) {
    this.fileSystem = fileSystem;
    this.directory = directory;
    this.path = directory.resolve(NAME);
  }

  boolean exists() throws IOException {
    return fileSystem.exists(path);
  }

  /** Epoch of the broker that left it, -1 if it does not tell. */
  long brokerEpoch() throws IOException {
    String json = new String(fileSystem.readAll(path), StandardCharsets.UTF_8);
    Matcher own = OWN_BROKER_EPOCH.matcher(json);
    Matcher matcher = own.find() ? own : BROKER_EPOCH.matcher(json);
    try {
      return matcher == own || matcher.find() ? Long.parseLong(matcher.group(1)) : -1L;
    } catch (NumberFormatException e) {
      return -1L;
    }
  }

  /**
   * Leaves it.
   *
   * @param kafkaEpoch the epoch Kafka is to find; -1 if there is no other than the broker's
   */
  void write(long brokerEpoch, long kafkaEpoch) throws IOException {
    String epochs =
        kafkaEpoch < 0
            ? "\"brokerEpoch\":" + brokerEpoch
            : "\"brokerEpoch\":" + kafkaEpoch + ",\"ottlaBrokerEpoch\":" + brokerEpoch;
    String json = "{\"version\":0," + epochs + "}";
    fileSystem.writeAll(path, json.getBytes(StandardCharsets.UTF_8), true);
  }

  /** Takes it away for good. */
  void delete() throws IOException {
    fileSystem.deleteIfExists(path);
    fileSystem.forceDirectory(directory);
  }
}
