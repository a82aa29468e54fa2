package io.ottla.metadata.image;

import io.ottla.metadata.image.MetadataDelta.BrokerFenced;
import io.ottla.metadata.image.MetadataDelta.BrokerRegistered;
import io.ottla.metadata.image.MetadataDelta.BrokerShuttingDown;
import io.ottla.metadata.image.MetadataDelta.BrokerUnfenced;
import io.ottla.metadata.image.MetadataDelta.BrokerUnregistered;
import io.ottla.metadata.image.MetadataDelta.ConfigChanged;
import io.ottla.metadata.image.MetadataDelta.FeatureChanged;
import io.ottla.metadata.image.MetadataDelta.PartitionChange;
import io.ottla.metadata.image.MetadataDelta.PartitionsAdded;
import io.ottla.metadata.image.MetadataDelta.PartitionsChanged;
import io.ottla.metadata.image.MetadataDelta.ProducerIdsAllocated;
import io.ottla.metadata.image.MetadataDelta.TopicCreated;
import io.ottla.metadata.image.MetadataDelta.TopicDeleted;
import io.ottla.wire.Uuid;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;

/** Random deltas that fit an image. */
final class RandomMetadata {

  private final Random random;

  RandomMetadata(long seed) {
    this.random = new Random(seed);
  }

  /** An image after so many random deltas. */
  MetadataImage image(int deltas) {
    MetadataImage image = MetadataImage.empty("cluster");
    for (int i = 0; i < deltas; i++) {
      image = image.with(delta(image));
    }
    return image.at(deltas);
  }

  MetadataDelta delta(MetadataImage image) {
    return switch (random.nextInt(12)) {
      case 0, 1, 2 ->
          new TopicCreated(uuid(), "topic-" + random.nextLong(), partitions(1 + random.nextInt(9)));
      case 3 -> image.topicCount() > 0 ? added(topic(image)) : registered();
      case 4 -> image.topicCount() > 0 ? deleted(topic(image)) : registered();
      case 5, 6 -> image.topicCount() > 0 ? changed(topic(image)) : registered();
      case 7 -> configs();
      case 8 -> new FeatureChanged("feature-" + random.nextInt(5), (short) random.nextInt(4));
      case 9 -> new ProducerIdsAllocated(1, 2, random.nextLong(Long.MAX_VALUE));
      case 10 -> image.brokers().isEmpty() ? registered() : fencing(image);
      default -> registered();
    };
  }

  private Uuid uuid() {
    return new Uuid(random.nextLong(), random.nextLong());
  }

  private TopicImage topic(MetadataImage image) {
    int at = random.nextInt(image.topicCount());
    for (TopicImage topic : image.topics()) {
      if (at-- == 0) {
        return topic;
      }
    }
    throw new AssertionError();
  }

  private List<PartitionImage> partitions(int count) {
    List<PartitionImage> partitions = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      partitions.add(partition());
    }
    return partitions;
  }

  private PartitionImage partition() {
    return new PartitionImage(
        nodes(),
        nodes(),
        nodes(),
        nodes(),
        nodes(),
        nodes(),
        random.nextInt(4) == 0 ? nodes() : NodeIds.EMPTY,
        random.nextInt(-1, 9),
        random.nextBoolean() ? LeaderRecoveryState.RECOVERED : LeaderRecoveryState.RECOVERING,
        random.nextInt(1000),
        random.nextInt(1000));
  }

  private NodeIds nodes() {
    return NodeIds.of(random.ints(random.nextInt(4), 0, 1 << 20).toArray());
  }

  private MetadataDelta added(TopicImage topic) {
    return new PartitionsAdded(
        topic.id(), topic.partitionCount(), partitions(1 + random.nextInt(3)));
  }

  private MetadataDelta deleted(TopicImage topic) {
    return new TopicDeleted(topic.id(), topic.name());
  }

  private MetadataDelta changed(TopicImage topic) {
    List<PartitionChange> changes = new ArrayList<>();
    for (int i = 0; i < topic.partitionCount(); i++) {
      if (random.nextBoolean()) {
        changes.add(new PartitionChange(i, partition()));
      }
    }
    return new PartitionsChanged(topic.id(), changes);
  }

  private MetadataDelta configs() {
    ConfigResource.Type[] types = ConfigResource.Type.values();
    Map<String, String> configs = new HashMap<>();
    for (int i = random.nextInt(4); i > 0; i--) {
      configs.put("key-" + random.nextInt(10), "value-" + random.nextInt());
    }
    return new ConfigChanged(
        new ConfigResource(types[random.nextInt(types.length)], "name-" + random.nextInt(20)),
        configs);
  }

  private MetadataDelta registered() {
    TreeMap<String, FeatureRange> features = new TreeMap<>();
    features.put("metadata.version", new FeatureRange((short) 7, (short) random.nextInt(30)));
    return new BrokerRegistered(
        new BrokerImage(
            random.nextInt(8),
            random.nextLong(),
            uuid(),
            List.of(
                new Endpoint("PLAINTEXT", "host-" + random.nextInt(), 9092, (short) 0),
                new Endpoint("TLS", "::1", 9093, (short) 1)),
            random.nextBoolean() ? "rack" : null,
            features,
            List.of(uuid(), uuid()),
            random.nextBoolean(),
            random.nextBoolean()));
  }

  private MetadataDelta fencing(MetadataImage image) {
    BrokerImage broker = image.brokers().get(image.brokers().firstKey());
    return switch (random.nextInt(4)) {
      case 0 -> new BrokerFenced(broker.id(), broker.epoch());
      case 1 -> new BrokerUnfenced(broker.id(), broker.epoch());
      case 2 -> new BrokerShuttingDown(broker.id(), broker.epoch());
      default -> new BrokerUnregistered(broker.id(), broker.epoch());
    };
  }
}
