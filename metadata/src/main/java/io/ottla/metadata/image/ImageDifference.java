package io.ottla.metadata.image;

import io.ottla.metadata.image.MetadataDelta.BrokerRegistered;
import io.ottla.metadata.image.MetadataDelta.BrokerUnregistered;
import io.ottla.metadata.image.MetadataDelta.ConfigChanged;
import io.ottla.metadata.image.MetadataDelta.FeatureChanged;
import io.ottla.metadata.image.MetadataDelta.PartitionChange;
import io.ottla.metadata.image.MetadataDelta.PartitionsAdded;
import io.ottla.metadata.image.MetadataDelta.PartitionsChanged;
import io.ottla.metadata.image.MetadataDelta.ProducerIdsAllocated;
import io.ottla.metadata.image.MetadataDelta.TopicCreated;
import io.ottla.metadata.image.MetadataDelta.TopicDeleted;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * The deltas between two images of one cluster: what a new subscriber has to be told (from the
 * empty image), and what a snapshot holds. Topics are told in bounded pieces, so that every delta
 * can be encoded.
 */
final class ImageDifference {

  /** Partitions told in one delta at most. */
  static final int MAX_PARTITIONS = 10_000;

  private final MetadataImage from;
  private final MetadataImage to;
  private final List<MetadataDelta> deltas = new ArrayList<>();

  private ImageDifference(MetadataImage from, MetadataImage to) {
    this.from = from;
    this.to = to;
  }

  static List<MetadataDelta> between(MetadataImage from, MetadataImage to) {
    ImageDifference difference = new ImageDifference(from, to);
    difference.brokers();
    difference.features();
    difference.topics();
    difference.configs();
    difference.producerIds();
    return difference.deltas;
  }

  private void brokers() {
    for (BrokerImage broker : from.brokers().values()) {
      if (to.broker(broker.id()) == null) {
        deltas.add(new BrokerUnregistered(broker.id(), broker.epoch()));
      }
    }
    for (BrokerImage broker : to.brokers().values()) {
      if (!broker.equals(from.broker(broker.id()))) {
        deltas.add(new BrokerRegistered(broker));
      }
    }
  }

  private void features() {
    for (Map.Entry<String, Short> feature : to.features().entrySet()) {
      if (!feature.getValue().equals(from.features().get(feature.getKey()))) {
        deltas.add(new FeatureChanged(feature.getKey(), feature.getValue()));
      }
    }
  }

  private void topics() {
    // Deletions first: a name may have been given to a new topic.
    for (TopicImage topic : from.topics()) {
      if (to.topic(topic.id()) == null) {
        deltas.add(new TopicDeleted(topic.id(), topic.name()));
      }
    }
    for (TopicImage topic : to.topics()) {
      TopicImage before = from.topic(topic.id());
      if (before == null) {
        created(topic);
      } else if (!before.equals(topic)) {
        changed(before, topic);
      }
    }
  }

  private void created(TopicImage topic) {
    List<PartitionImage> partitions = topic.partitions();
    int first = Math.min(MAX_PARTITIONS, partitions.size());
    deltas.add(new TopicCreated(topic.id(), topic.name(), partitions.subList(0, first)));
    added(topic, first);
  }

  private void added(TopicImage topic, int known) {
    List<PartitionImage> partitions = topic.partitions();
    for (int at = known; at < partitions.size(); at += MAX_PARTITIONS) {
      int end = Math.min(at + MAX_PARTITIONS, partitions.size());
      deltas.add(new PartitionsAdded(topic.id(), at, partitions.subList(at, end)));
    }
  }

  private void changed(TopicImage before, TopicImage topic) {
    List<PartitionChange> changes = new ArrayList<>();
    for (int i = 0; i < before.partitionCount(); i++) {
      if (!topic.partition(i).equals(before.partition(i))) {
        changes.add(new PartitionChange(i, topic.partition(i)));
      }
    }
    for (int at = 0; at < changes.size(); at += MAX_PARTITIONS) {
      int end = Math.min(at + MAX_PARTITIONS, changes.size());
      deltas.add(new PartitionsChanged(topic.id(), changes.subList(at, end)));
    }
    added(topic, before.partitionCount());
  }

  private void configs() {
    for (ConfigResource resource : from.configResources()) {
      if (to.configs(resource).isEmpty()) {
        deltas.add(new ConfigChanged(resource, Map.of()));
      }
    }
    for (ConfigResource resource : to.configResources()) {
      if (!to.configs(resource).equals(from.configs(resource))) {
        deltas.add(new ConfigChanged(resource, to.configs(resource)));
      }
    }
  }

  private void producerIds() {
    if (to.nextProducerId() != from.nextProducerId()) {
      deltas.add(new ProducerIdsAllocated(-1, -1, to.nextProducerId()));
    }
  }
}
