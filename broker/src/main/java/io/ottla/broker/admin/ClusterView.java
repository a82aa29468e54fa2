package io.ottla.broker.admin;

import io.ottla.metadata.controller.TopicNames;
import io.ottla.metadata.image.BrokerImage;
import io.ottla.metadata.image.Endpoint;
import io.ottla.metadata.image.MetadataImage;
import io.ottla.metadata.image.NodeIds;
import io.ottla.metadata.image.PartitionImage;
import io.ottla.wire.ErrorCode;
import java.util.List;
import java.util.Set;

/**
 * An image as the clients of one listener see it: a broker without that listener is not there for
 * them. Immutable.
 */
record ClusterView(MetadataImage image, String listener) {

  /** Who leads a partition nobody leads, and who controls a cluster nobody controls. */
  static final int NO_NODE = -1;

  private static final Set<String> INTERNAL_TOPICS =
      Set.of("__consumer_offsets", "__transaction_state", "__share_group_state");

  /** Whether a topic is the brokers' own. */
  static boolean isInternal(String topic) {
    return INTERNAL_TOPICS.contains(topic);
  }

  /** Why a topic that is not there is not. */
  static ErrorCode whyMissing(String topic) {
    return TopicNames.flaw(topic) == null
        ? ErrorCode.UNKNOWN_TOPIC_OR_PARTITION
        : ErrorCode.INVALID_TOPIC_EXCEPTION;
  }

  /** Brokers that serve this listener, by id. */
  List<BrokerImage> brokers(boolean includeFenced) {
    return image.brokers().values().stream()
        .filter(broker -> includeFenced || !broker.fenced())
        .filter(broker -> broker.endpoint(listener) != null)
        .toList();
  }

  /** Where a broker is reached; null if it is not, or unknown. */
  Endpoint endpoint(int brokerId) {
    BrokerImage broker = image.broker(brokerId);
    return broker == null ? null : broker.endpoint(listener);
  }

  boolean isAlive(int brokerId) {
    return image.isAlive(brokerId) && endpoint(brokerId) != null;
  }

  List<Integer> alive(NodeIds brokerIds) {
    return brokerIds.asList().stream().filter(this::isAlive).toList();
  }

  List<Integer> offline(PartitionImage partition) {
    return partition.replicas().asList().stream()
        .filter(id -> !isAlive(id) || partition.lost().contains(id))
        .toList();
  }

  /** The leader, if clients can reach it; else {@link #NO_NODE}. */
  int leader(PartitionImage partition) {
    return endpoint(partition.leader()) == null ? NO_NODE : partition.leader();
  }

  /**
   * Whom clients may send requests for the controller to. Any broker will do, because each forwards
   * them: the next one that is alive, by id. Not this one: a client that sits on a broker which has
   * lost all others, and does not know it yet, would never get away from it.
   */
  int controller(int nodeId) {
    List<Integer> alive = brokers(false).stream().map(BrokerImage::id).sorted().toList();
    return alive.stream()
        .filter(id -> id > nodeId)
        .findFirst()
        .orElse(alive.isEmpty() ? NO_NODE : alive.getFirst());
  }
}
