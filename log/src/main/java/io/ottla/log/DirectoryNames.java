package io.ottla.log;

import io.ottla.wire.TopicPartition;
import java.util.UUID;

/** What the names in a log directory stand for. Stateless. */
final class DirectoryNames {

  /** Of a directory that was a partition's and waits to be deleted. */
  static final String DELETE = "-delete";

  /** Of a directory that belongs to an earlier topic of that name. */
  static final String STRAY = "-stray";

  /** Logs of the cluster's metadata, Kafka's or ours, look like partitions and are none. */
  private static final String METADATA_LOG = "__cluster_metadata-";

  private static final int MAX_LENGTH = 255;

  private DirectoryNames() {}

  /** The partition that a directory's name stands for, null if it is none. */
  static TopicPartition partitionOf(String name) {
    int dash = name.lastIndexOf('-');
    if (dash < 1
        || dash == name.length() - 1
        || name.endsWith(DELETE)
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

  /**
   * A name for a directory that is a partition's no more. Where it would be too long, the topic is
   * cut: nobody looks for it by name.
   *
   * @param id makes it unique
   */
  static String retired(TopicPartition partition, UUID id, String kind) {
    String suffix = "-" + partition.partition() + "." + digits(id) + kind;
    String topic = partition.topic();
    return topic.substring(0, Math.min(topic.length(), MAX_LENGTH - suffix.length())) + suffix;
  }

  private static String digits(UUID id) {
    return id.toString().replace("-", "");
  }
}
