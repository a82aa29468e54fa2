package io.ottla.metadata.controller;

import io.ottla.metadata.image.BrokerImage;
import io.ottla.metadata.image.ConfigResource;
import io.ottla.metadata.image.LeaderRecoveryState;
import io.ottla.metadata.image.MetadataDelta;
import io.ottla.metadata.image.NodeIds;
import io.ottla.wire.Uuid;
import java.util.Collections;
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
   * @param replacedEpoch the epoch of a registration of the same id whose process is known to be
   *     dead; {@link #NO_EPOCH} for none, {@link #ANY_EPOCH} for whichever there is
   * @param previousBrokerEpoch the epoch under which it last stopped with all its logs flushed;
   *     {@link #NO_EPOCH} when it did not
   */
  record RegisterBroker(BrokerImage broker, long replacedEpoch, long previousBrokerEpoch)
      implements Command {

    static final long NO_EPOCH = -1;
    static final long ANY_EPOCH = -2;

    boolean mayReplace(BrokerImage existing) {
      return replacedEpoch == ANY_EPOCH
          || replacedEpoch == existing.epoch()
          || (!wasReplacedBy(existing)
              && !Collections.disjoint(existing.directories(), broker.directories()));
    }

    /**
     * Whether it is the registered process that came later: this one ran under an earlier epoch and
     * wants back. Directories that were copied would otherwise make the two oust each other for
     * ever.
     */
    private boolean wasReplacedBy(BrokerImage existing) {
      return previousBrokerEpoch != NO_EPOCH && previousBrokerEpoch < existing.epoch();
    }
  }

  /** A registered broker has caught up and may lead. */
  record UnfenceBroker(int brokerId, long brokerEpoch) implements Command {}

  /** A broker is to lead no longer. */
  record FenceBroker(int brokerId, long brokerEpoch) implements Command {}

  /** A broker wants to stop: its leaderships are to move away first. */
  record ShutDownBroker(int brokerId, long brokerEpoch) implements Command {}

  /** A broker is to be forgotten. */
  record UnregisterBroker(int brokerId) implements Command {}

  /** A leader wants other in-sync replicas. */
  record AlterPartition(int brokerId, long brokerEpoch, List<NewIsr> changes) implements Command {
    public AlterPartition {
      changes = List.copyOf(changes);
    }
  }

  /**
   * The in-sync replicas one partition is to have.
   *
   * @param leaderEpoch the epoch the leader leads in
   * @param partitionEpoch of the state the leader has seen last
   * @param isrEpochs the broker epoch of each in-sync replica as the leader knows it, or -1
   */
  record NewIsr(
      Uuid topicId,
      int partition,
      int leaderEpoch,
      int partitionEpoch,
      NodeIds isr,
      List<Long> isrEpochs,
      LeaderRecoveryState recovery) {
    public NewIsr {
      isrEpochs = List.copyOf(isrEpochs);
      if (isrEpochs.size() != isr.size()) {
        throw new IllegalArgumentException(isr + " have the epochs " + isrEpochs);
      }
    }
  }

  /** One partition of a topic. */
  record PartitionId(Uuid topicId, int partition) {}

  /**
   * Leaders are to be elected.
   *
   * @param unclean whether a replica that lacks acknowledged records may lead where nobody does;
   *     else the preferred ones are to lead
   */
  record ElectLeaders(boolean unclean, List<PartitionId> partitions) implements Command {
    public ElectLeaders {
      partitions = List.copyOf(partitions);
    }
  }

  /** Partitions nobody leads are to be led where their settings allow an unclean election. */
  record RecoverUncleanly() implements Command {}

  /** Partitions are to move, or their moves to be cancelled. */
  record AlterReassignments(boolean allowReplicationFactorChange, List<Reassignment> partitions)
      implements Command {
    public AlterReassignments {
      partitions = List.copyOf(partitions);
    }
  }

  /**
   * Where one partition is to be.
   *
   * @param replicas the replicas it is to have; null cancels the move under way
   */
  record Reassignment(Uuid topicId, int partition, NodeIds replicas) {
    boolean isCancellation() {
      return replicas == null;
    }
  }

  /** A broker says which of its replicas lie in log directories that serve, and which do not. */
  record ReportReplicas(int brokerId, long brokerEpoch, List<ReplicaReport> replicas)
      implements Command {
    public ReportReplicas {
      replicas = List.copyOf(replicas);
    }
  }

  /**
   * What a broker says of its replica of one partition.
   *
   * @param lost whether its log directory does not serve
   */
  record ReplicaReport(Uuid topicId, int partition, boolean lost) {}

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

  /**
   * A part of what Kafka's metadata log says becomes this cluster's metadata. Nothing but such
   * commands lies between the image they were planned on and the last of them.
   */
  record TakeOver(List<MetadataDelta> deltas) implements Command {
    public TakeOver {
      deltas = List.copyOf(deltas);
    }
  }

  /**
   * Features get these levels.
   *
   * @param plannedFrom the levels the planner saw, which must still be so
   */
  record SetFeatures(Map<String, Short> levels, Map<String, Short> plannedFrom) implements Command {
    public SetFeatures {
      levels = Map.copyOf(levels);
      plannedFrom = Map.copyOf(plannedFrom);
    }
  }
}
