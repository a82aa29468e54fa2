package io.ottla.log.inspect;

import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What a file of a log directory is, by its name. */
enum FileKind {
  SEGMENT,
  OFFSET_INDEX,
  TIME_INDEX,
  TRANSACTION_INDEX,
  PRODUCER_SNAPSHOT,
  /** A snapshot of Kafka's metadata: batches. */
  METADATA_SNAPSHOT,
  LEADER_EPOCHS,
  OFFSET_CHECKPOINT,
  PARTITION_METADATA,
  PROPERTIES,
  TEXT,
  UNKNOWN;

  private static final Pattern OF_SEGMENT =
      Pattern.compile("(\\d{20})\\.(log|index|timeindex|txnindex|snapshot)(\\.[a-z]+)?");
  private static final Pattern CHECKPOINT = Pattern.compile("\\d{20}-\\d{10}\\.checkpoint");

  /** The kind of a file; one that waits to be deleted or swapped in is what it was before. */
  static FileKind of(Path file) {
    String name = file.getFileName().toString();
    Matcher matcher = OF_SEGMENT.matcher(name);
    if (matcher.matches()) {
      return switch (matcher.group(2)) {
        case "log" -> SEGMENT;
        case "index" -> OFFSET_INDEX;
        case "timeindex" -> TIME_INDEX;
        case "txnindex" -> TRANSACTION_INDEX;
        default -> PRODUCER_SNAPSHOT;
      };
    }
    if (CHECKPOINT.matcher(name).matches() || name.equals("bootstrap.checkpoint")) {
      return METADATA_SNAPSHOT;
    }
    return switch (name) {
      case "leader-epoch-checkpoint" -> LEADER_EPOCHS;
      case "recovery-point-offset-checkpoint",
          "replication-offset-checkpoint",
          "log-start-offset-checkpoint",
          "cleaner-offset-checkpoint" ->
          OFFSET_CHECKPOINT;
      case "partition.metadata" -> PARTITION_METADATA;
      case "meta.properties", "ottla-metadata.formatted", "ottla-first-start.properties" ->
          PROPERTIES;
      case ".kafka_cleanshutdown", "quorum-state" -> TEXT;
      default -> UNKNOWN;
    };
  }

  /** The offset in a file's name; -1 if there is none. */
  static long offset(Path file) {
    Matcher matcher = OF_SEGMENT.matcher(file.getFileName().toString());
    try {
      return matcher.matches() ? Long.parseLong(matcher.group(1)) : -1;
    } catch (NumberFormatException e) {
      return -1;
    }
  }
}
