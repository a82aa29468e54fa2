package io.ottla.coordinator.group;

import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.coordinator.common.runtime.CoordinatorMetadataDelta;
import org.apache.kafka.coordinator.common.runtime.CoordinatorMetadataImage;

/** Our topics as Kafka's coordinator sees topics. */
record KafkaTopics(GroupBed.Topics topics) implements CoordinatorMetadataImage {

  private record Topic(Uuid id, String name) implements TopicMetadata {
    @Override
    public int partitionCount() {
      return 10;
    }

    @Override
    public List<String> partitionRacks(int partition) {
      return List.of();
    }
  }

  private Topic find(String name) {
    io.ottla.wire.Uuid id = topics.topicId(name);
    return new Topic(new Uuid(id.mostSignificantBits(), id.leastSignificantBits()), name);
  }

  @Override
  public Set<Uuid> topicIds() {
    return Set.of(find("t").id, find("u").id);
  }

  @Override
  public Set<String> topicNames() {
    return Set.of("t", "u");
  }

  @Override
  public Optional<TopicMetadata> topicMetadata(String topicName) {
    return topicNames().contains(topicName) ? Optional.of(find(topicName)) : Optional.empty();
  }

  @Override
  public Optional<TopicMetadata> topicMetadata(Uuid topicId) {
    return topicNames().stream()
        .map(this::find)
        .filter(topic -> topic.id.equals(topicId))
        .map(TopicMetadata.class::cast)
        .findAny();
  }

  @Override
  public CoordinatorMetadataDelta emptyDelta() {
    return CoordinatorMetadataDelta.EMPTY;
  }

  @Override
  public long version() {
    return 1;
  }

  @Override
  public boolean isEmpty() {
    return false;
  }
}
