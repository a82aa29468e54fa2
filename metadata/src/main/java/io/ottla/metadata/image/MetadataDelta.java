package io.ottla.metadata.image;

import io.ottla.wire.Uuid;
import java.util.List;
import java.util.Map;

/**
 * One change of the {@link MetadataImage}. Deltas are facts, not wishes: they say what is so from
 * now on, need no further decision, and are all that a broker has to understand of the controller.
 *
 * <p>Their bytes are {@link DeltaCodec}'s.
 */
public sealed interface MetadataDelta {

  /** A topic exists, with all its first partitions. */
  record TopicCreated(Uuid topicId, String name, List<PartitionImage> partitions)
      implements MetadataDelta {
    public TopicCreated {
      partitions = List.copyOf(partitions);
    }
  }

  /** A topic has more partitions; the first new one has the number that was the count. */
  record PartitionsAdded(Uuid topicId, int firstPartition, List<PartitionImage> partitions)
      implements MetadataDelta {
    public PartitionsAdded {
      partitions = List.copyOf(partitions);
    }
  }

  /** A topic and all its partitions are gone. Its settings go by a delta of their own. */
  record TopicDeleted(Uuid topicId, String name) implements MetadataDelta {}

  /** Partitions of one topic have a new state: leader, replicas of any kind, or epochs. */
  record PartitionsChanged(Uuid topicId, List<PartitionChange> changes) implements MetadataDelta {
    public PartitionsChanged {
      changes = List.copyOf(changes);
    }
  }

  /** The new state of one partition. */
  record PartitionChange(int partition, PartitionImage state) {}

  /** All settings of one resource, as they are from now on; none when empty. */
  record ConfigChanged(ConfigResource resource, Map<String, String> configs)
      implements MetadataDelta {
    public ConfigChanged {
      configs = Map.copyOf(configs);
    }
  }

  /** A broker is known, in place of any former registration of its id. */
  record BrokerRegistered(BrokerImage broker) implements MetadataDelta {}

  /** A broker may not lead or serve. */
  record BrokerFenced(int brokerId, long brokerEpoch) implements MetadataDelta {}

  /** A broker may lead and serve. */
  record BrokerUnfenced(int brokerId, long brokerEpoch) implements MetadataDelta {}

  /** A broker is about to stop: it may not be elected nor come in sync any more. */
  record BrokerShuttingDown(int brokerId, long brokerEpoch) implements MetadataDelta {}

  /** A broker is forgotten, until it registers again. */
  record BrokerUnregistered(int brokerId, long brokerEpoch) implements MetadataDelta {}

  /** All producer ids below {@code nextProducerId} are given away. */
  record ProducerIdsAllocated(int brokerId, long brokerEpoch, long nextProducerId)
      implements MetadataDelta {}

  /** A feature has this level from now on. */
  record FeatureChanged(String feature, short level) implements MetadataDelta {}
}
