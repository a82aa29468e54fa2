package io.ottla.coordinator.group.consumer;

import static io.ottla.coordinator.group.consumer.KafkaAssignors.kafkas;
import static io.ottla.coordinator.group.consumer.KafkaAssignors.ours;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.coordinator.common.runtime.CoordinatorMetadataDelta;
import org.apache.kafka.coordinator.common.runtime.CoordinatorMetadataImage;

/** Our picture of topics as Kafka's coordinator wants to see it. */
record KafkaTopics(TestTopics topics) implements CoordinatorMetadataImage {

  @Override
  public Set<Uuid> topicIds() {
    Set<Uuid> ids = new HashSet<>();
    topics.byName().values().forEach(topic -> ids.add(kafkas(topic.id())));
    return ids;
  }

  @Override
  public Set<String> topicNames() {
    return topics.names();
  }

  @Override
  public Optional<TopicMetadata> topicMetadata(String topicName) {
    return Optional.ofNullable(topics.topic(topicName)).map(Topic::new);
  }

  @Override
  public Optional<TopicMetadata> topicMetadata(Uuid topicId) {
    return Optional.ofNullable(topics.topic(ours(topicId))).map(Topic::new);
  }

  @Override
  public CoordinatorMetadataDelta emptyDelta() {
    return CoordinatorMetadataDelta.EMPTY;
  }

  @Override
  public long version() {
    return topics.version();
  }

  @Override
  public boolean isEmpty() {
    return topics.names().isEmpty();
  }

  /** How this picture differs from an older one. */
  CoordinatorMetadataDelta since(KafkaTopics before) {
    Set<Uuid> created = new HashSet<>();
    Set<Uuid> changed = new HashSet<>();
    Set<Uuid> deleted = new HashSet<>(before.topicIds());
    deleted.removeAll(topicIds());
    for (String name : new TreeSet<>(topicNames())) {
      TopicCatalog.Topic now = topics.topic(name);
      TopicCatalog.Topic then = before.topics.topic(now.id());
      if (then == null) {
        created.add(kafkas(now.id()));
      }
      if (!Objects.equals(now, then)) {
        changed.add(kafkas(now.id()));
      }
    }
    return new CoordinatorMetadataDelta() {
      @Override
      public Collection<Uuid> createdTopicIds() {
        return created;
      }

      @Override
      public Collection<Uuid> changedTopicIds() {
        return changed;
      }

      @Override
      public Set<Uuid> deletedTopicIds() {
        return deleted;
      }

      @Override
      public CoordinatorMetadataImage image() {
        return before;
      }
    };
  }

  private record Topic(TopicCatalog.Topic topic) implements TopicMetadata {

    @Override
    public String name() {
      return topic.name();
    }

    @Override
    public Uuid id() {
      return kafkas(topic.id());
    }

    @Override
    public int partitionCount() {
      return topic.partitionCount();
    }

    @Override
    public List<String> partitionRacks(int partition) {
      return new ArrayList<>(topic.racks(partition));
    }
  }
}
