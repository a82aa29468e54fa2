package io.ottla.metadata.controller;

import io.ottla.metadata.image.BrokerImage;
import io.ottla.metadata.image.ConfigResource;
import io.ottla.metadata.image.NodeIds;
import io.ottla.wire.Uuid;
import java.util.List;
import java.util.Map;

/**
 * What is written into the metadata log. Everything random or timed (ids, placement) was chosen
 * before; everything that a client may have got wrong is checked again when it is applied.
 *
 * <p>Their bytes are {@link CommandCodec}'s.
 */
public sealed interface Command {

  /**
   * A broker's process has started. Its epoch and fencing are decided by applying.
   *
   * @param broker what it says of itself
   * @param replacesLive whether an unfenced registration of the id is known to be dead: true when
   *     the broker asks the controller of its own process
   */
  record RegisterBroker(BrokerImage broker, boolean replacesLive) implements Command {}

  /** A registered broker has caught up and may lead. */
  record UnfenceBroker(int brokerId, long brokerEpoch) implements Command {}

  /** A broker is to lead no longer. */
  record FenceBroker(int brokerId, long brokerEpoch) implements Command {}

  /** Topics are to be created. */
  record CreateTopics(List<PlacedTopic> topics) implements Command {
    public CreateTopics {
      topics = List.copyOf(topics);
    }
  }

  /**
   * One topic to create.
   *
   * @param assignments the replicas of each partition, by number
   */
  record PlacedTopic(String name, Uuid id, List<NodeIds> assignments, Map<String, String> configs) {
    public PlacedTopic {
      assignments = List.copyOf(assignments);
      configs = Map.copyOf(configs);
    }
  }

  /** Topics are to be deleted. */
  record DeleteTopics(List<Uuid> topicIds) implements Command {
    public DeleteTopics {
      topicIds = List.copyOf(topicIds);
    }
  }

  /** Topics are to have more partitions. */
  record CreatePartitions(List<PlacedPartitions> topics) implements Command {
    public CreatePartitions {
      topics = List.copyOf(topics);
    }
  }

  /**
   * More partitions of one topic.
   *
   * @param firstPartition the number of the first new one, hence the count the planner saw
   * @param assignments the replicas of each new partition
   */
  record PlacedPartitions(Uuid topicId, int firstPartition, List<NodeIds> assignments) {
    public PlacedPartitions {
      assignments = List.copyOf(assignments);
    }
  }

  /** Resources are to have these settings. */
  record AlterConfigs(List<NewConfigs> resources) implements Command {
    public AlterConfigs {
      resources = List.copyOf(resources);
    }
  }

  /**
   * All settings of one resource.
   *
   * @param plannedFrom the settings the planner saw, as {@link CommandCodec#fingerprint}
   */
  record NewConfigs(ConfigResource resource, Map<String, String> configs, long plannedFrom) {
    public NewConfigs {
      configs = Map.copyOf(configs);
    }
  }

  /** A broker needs producer ids. */
  record AllocateProducerIds(int brokerId, long brokerEpoch) implements Command {}

  /** Features get these levels. */
  record SetFeatures(Map<String, Short> levels) implements Command {
    public SetFeatures {
      levels = Map.copyOf(levels);
    }
  }
}
