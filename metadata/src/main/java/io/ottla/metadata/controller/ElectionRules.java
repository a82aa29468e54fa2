package io.ottla.metadata.controller;

import io.ottla.metadata.image.ConfigResource;
import io.ottla.metadata.image.MetadataImage;
import io.ottla.metadata.image.TakenOver;
import java.util.Map;

/**
 * What settings say of elections in one image: the topic's own, then the broker's own that planned,
 * then the cluster's, then the planner's file. Pure.
 */
final class ElectionRules {

  static final String MIN_INSYNC_REPLICAS = "min.insync.replicas";
  static final String UNCLEAN_ELECTION = "unclean.leader.election.enable";

  private final MetadataImage image;
  private final boolean eligibleLeaders;
  private final int minInsyncReplicas;
  private final boolean uncleanElection;

  ElectionRules(MetadataImage image, Planner planner) {
    Map<String, String> cluster = image.configs(ConfigResource.defaultBroker());
    Map<String, String> broker = image.configs(ConfigResource.broker(planner.nodeId()));
    this.image = image;
    this.eligibleLeaders = FeatureCatalog.hasEligibleLeaders(image);
    this.minInsyncReplicas = parsed(cluster.get(MIN_INSYNC_REPLICAS), planner.minInsyncReplicas());
    this.uncleanElection =
        broker.containsKey(UNCLEAN_ELECTION)
            ? isTrue(broker.get(UNCLEAN_ELECTION))
            : cluster.containsKey(UNCLEAN_ELECTION)
                ? isTrue(cluster.get(UNCLEAN_ELECTION))
                : planner.uncleanElection();
  }

  /** Whether eligible leader replicas are kept (KIP-966). */
  boolean eligibleLeaders() {
    return eligibleLeaders;
  }

  /**
   * Whether a partition of one replica keeps its leader epoch when it is led again, as it does on
   * directories of Kafka's: Kafka, back on them, must not find that somebody led in later epochs
   * than it knows of.
   */
  boolean keepsLeaderEpochs() {
    return TakenOver.isIn(image);
  }

  /** A topic's {@code min.insync.replicas}; more than it has replicas, perhaps. */
  int minInsyncReplicas(String topic) {
    return parsed(
        image.configs(ConfigResource.topic(topic)).get(MIN_INSYNC_REPLICAS), minInsyncReplicas);
  }

  /** Whether a topic's leader may be elected among replicas that lack acknowledged records. */
  boolean uncleanElection(String topic) {
    String own = image.configs(ConfigResource.topic(topic)).get(UNCLEAN_ELECTION);
    return own == null ? uncleanElection : isTrue(own);
  }

  private static boolean isTrue(String value) {
    return Boolean.parseBoolean(value.trim());
  }

  /** Settings were checked when they were made; one that cannot be read now is as if not made. */
  private static int parsed(String value, int otherwise) {
    if (value == null) {
      return otherwise;
    }
    try {
      return Math.max(1, Integer.parseInt(value.trim()));
    } catch (NumberFormatException e) {
      return otherwise;
    }
  }
}
