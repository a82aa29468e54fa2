package io.ottla.replication;

import io.ottla.wire.TopicPartition;
import io.ottla.wire.Uuid;
import java.util.Collection;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The partitions this broker hosts, by topic id and by name. Looked up by any thread; changed by the
 * one that applies metadata.
 */
public final class Partitions {

  private record ById(Uuid topicId, int partition) {}

  private final Map<TopicPartition, Partition> byName = new ConcurrentHashMap<>();
  private final Map<ById, Partition> byId = new ConcurrentHashMap<>();

  /** The partition, or null if it is not hosted here. */
  public Partition get(Uuid topicId, int partition) {
    return byId.get(new ById(topicId, partition));
  }

  /** The partition, or null if it is not hosted here. */
  public Partition get(String topic, int partition) {
    return byName.get(new TopicPartition(topic, partition));
  }

  public Partition get(TopicPartition topicPartition) {
    return byName.get(topicPartition);
  }

  public Collection<Partition> all() {
    return byId.values();
  }

  void add(Partition partition) {
    byId.put(new ById(partition.topicId(), partition.topicPartition().partition()), partition);
    byName.put(partition.topicPartition(), partition);
  }

  void remove(Partition partition) {
    byId.remove(new ById(partition.topicId(), partition.topicPartition().partition()), partition);
    // A topic of the same name may have been created since.
    byName.remove(partition.topicPartition(), partition);
  }
}
