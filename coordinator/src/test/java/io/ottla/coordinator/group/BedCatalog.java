package io.ottla.coordinator.group;

import io.ottla.coordinator.group.consumer.TopicCatalog;
import io.ottla.wire.Uuid;
import java.util.List;
import java.util.Set;

/**
 * The topics a bed begins with, or some of them.
 *
 * @param names of those there are
 */
record BedCatalog(Set<String> names) implements TopicCatalog {

  private static final int PARTITIONS = 10;

  private record OneTopic(Uuid id, String name) implements Topic {
    @Override
    public int partitionCount() {
      return PARTITIONS;
    }

    @Override
    public List<String> racks(int partition) {
      return List.of();
    }
  }

  @Override
  public long version() {
    return 7;
  }

  @Override
  public long lastCreationVersion() {
    return 7;
  }

  @Override
  public Topic topic(Uuid id) {
    return names.stream().map(this::topic).filter(t -> t.id().equals(id)).findAny().orElse(null);
  }

  @Override
  public Topic topic(String name) {
    GroupBed.Topics all = new GroupBed.Topics();
    return names.contains(name) ? new OneTopic(all.topicId(name), name) : null;
  }
}
