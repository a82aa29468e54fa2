package io.ottla.metadata.image;

import io.ottla.metadata.image.MetadataDelta.PartitionsAdded;
import io.ottla.metadata.image.MetadataDelta.PartitionsChanged;
import io.ottla.metadata.image.MetadataDelta.TopicCreated;
import io.ottla.metadata.image.MetadataDelta.TopicDeleted;
import io.ottla.wire.Uuid;
import io.vavr.collection.HashMap;

/**
 * All topics, by name and by id. Immutable: a change shares all but a few nodes of its hash tries
 * with the image before it, so that creating one topic among a hundred thousand partitions touches
 * that topic only.
 */
final class TopicsImage {

  static final TopicsImage EMPTY =
      new TopicsImage(HashMap.empty(), HashMap.empty(), HashMap.empty(), 0);

  private final HashMap<String, TopicImage> byName;
  private final HashMap<Uuid, TopicImage> byId;

  /** Names in which '.' and '_' are one, to the topic that has such a name. */
  private final HashMap<String, String> byUnifiedName;

  private final int partitionCount;

  private TopicsImage(
      HashMap<String, TopicImage> byName,
      HashMap<Uuid, TopicImage> byId,
      HashMap<String, String> byUnifiedName,
      int partitionCount) {
    this.byName = byName;
    this.byId = byId;
    this.byUnifiedName = byUnifiedName;
    this.partitionCount = partitionCount;
  }

  TopicImage topic(String name) {
    return byName.getOrElse(name, null);
  }

  TopicImage topic(Uuid id) {
    return byId.getOrElse(id, null);
  }

  String colliding(String name) {
    String other = byUnifiedName.getOrElse(unified(name), null);
    return other == null || other.equals(name) ? null : other;
  }

  Iterable<TopicImage> all() {
    return byId::valuesIterator;
  }

  int size() {
    return byId.size();
  }

  int partitionCount() {
    return partitionCount;
  }

  TopicsImage with(TopicCreated created) {
    if (topic(created.topicId()) != null || topic(created.name()) != null) {
      throw new IllegalStateException(created.name() + " is there already");
    }
    TopicImage topic = TopicImage.of(created.name(), created.topicId(), created.partitions());
    return new TopicsImage(
        byName.put(topic.name(), topic),
        byId.put(topic.id(), topic),
        byUnifiedName.put(unified(topic.name()), topic.name()),
        partitionCount + topic.partitionCount());
  }

  TopicsImage with(PartitionsAdded added) {
    TopicImage topic = existing(added.topicId());
    if (topic.partitionCount() != added.firstPartition()) {
      throw new IllegalStateException(
          topic + " cannot have partitions added from " + added.firstPartition());
    }
    return replaced(topic.withAdded(added.partitions()), added.partitions().size());
  }

  TopicsImage with(PartitionsChanged changed) {
    return replaced(existing(changed.topicId()).withChanged(changed.changes()), 0);
  }

  TopicsImage with(TopicDeleted deleted) {
    TopicImage topic = existing(deleted.topicId());
    return new TopicsImage(
        byName.remove(topic.name()),
        byId.remove(topic.id()),
        byUnifiedName.remove(unified(topic.name())),
        partitionCount - topic.partitionCount());
  }

  TopicImage existing(Uuid id) {
    TopicImage topic = topic(id);
    if (topic == null) {
      throw new IllegalStateException("no topic has the id " + id);
    }
    return topic;
  }

  private TopicsImage replaced(TopicImage topic, int morePartitions) {
    return new TopicsImage(
        byName.put(topic.name(), topic),
        byId.put(topic.id(), topic),
        byUnifiedName,
        partitionCount + morePartitions);
  }

  private static String unified(String name) {
    return name.replace('.', '_');
  }
}
