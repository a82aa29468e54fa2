package io.ottla.log;

import io.ottla.wire.TopicPartition;
import java.util.UUID;

/** The names of the directories in a log directory. */
final class DirectoryNames {

  /** Was a partition's log. */
  static final String DELETE_SUFFIX = "-delete";

  /** The log of an earlier topic of the same name. */
  static final String STRAY_SUFFIX = "-stray";

  /** Logs of the cluster's metadata, Kafka's or ours, look like partitions and are none. */
  private static final String METADATA_LOG = "__cluster_metadata-";

  private static final int MAX_NAME = 255;

  private DirectoryNames() {}

  /**
   * A name for what is no partition's log any more.
   *
   * @param id makes it unique
   */
  static String withSuffix(TopicPartition partition, UUID id, String kind) {
    String digits = id.toString().replace("-", "");
    String suffix = "-" + partition.partition() + "." + digits + kind;
    String topic = partition.topic();
    return topic.substring(0, Math.min(topic.length(), MAX_NAME - suffix.length())) + suffix;
  }

  /** The partition that a directory's name stands for, null if it is none. */
  static TopicPartition partitionOf(String name) {
    int dash = name.lastIndexOf('-');
    if (dash < 1
        || dash == name.length() - 1
        || name.endsWith(DELETE_SUFFIX)
        || name.startsWith(METADATA_LOG)) {
      return null;
    }
    for (int i = dash + 1; i < name.length(); i++) {
      if (name.charAt(i) < '0' || name.charAt(i) > '9') {
        return null;
      }
    }
    try {
      return new TopicPartition(
          name.substring(0, dash), Integer.parseInt(name, dash + 1, name.length(), 10));
    } catch (NumberFormatException e) {
      return null;
    }
  }
}
