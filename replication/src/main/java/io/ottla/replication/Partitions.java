package io.ottla.replication;

import io.ottla.runtime.Shard;
import io.ottla.wire.ErrorCode;
import io.ottla.wire.TopicPartition;
import io.ottla.wire.Uuid;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The partitions this broker hosts, by topic id and by name. Looked up by any thread; changed by
 * the one that applies metadata.
 */
public final class Partitions {

  private record ById(Uuid topicId, int partition) {}

  private final Map<TopicPartition, Partition> byName = new ConcurrentHashMap<>();
  private final Map<Uuid, Map<Integer, Partition>> byId = new ConcurrentHashMap<>();

  /** Those that should be here, but their log could not be opened. */
  private final Set<ById> offlineById = ConcurrentHashMap.newKeySet();

  private final Set<TopicPartition> offlineByName = ConcurrentHashMap.newKeySet();

  private volatile boolean selfFenced;

  /** The partition, or null if it is not hosted here. */
  public Partition get(Uuid topicId, int partition) {
    Map<Integer, Partition> topic = byId.get(topicId);
    return topic == null ? null : topic.get(partition);
  }

  /** The partition, or null if it is not hosted here. */
  public Partition get(String topic, int partition) {
    return byName.get(new TopicPartition(topic, partition));
  }

  public Partition get(TopicPartition topicPartition) {
    return byName.get(topicPartition);
  }

  /** What a client is told when {@link #get(Uuid, int)} found nothing. */
  public ErrorCode whyMissing(Uuid topicId, int partition) {
    return offlineById.contains(new ById(topicId, partition))
        ? ErrorCode.KAFKA_STORAGE_ERROR
        : ErrorCode.UNKNOWN_TOPIC_ID;
  }

  /** What a client is told when {@link #get(String, int)} found nothing. */
  public ErrorCode whyMissing(String topic, int partition) {
    return offlineByName.contains(new TopicPartition(topic, partition))
        ? ErrorCode.KAFKA_STORAGE_ERROR
        : ErrorCode.UNKNOWN_TOPIC_OR_PARTITION;
  }

  public Collection<Partition> all() {
    return byName.values();
  }

  /** Those of one topic. */
  Collection<Partition> of(Uuid topicId) {
    return byId.getOrDefault(topicId, Map.of()).values();
  }

  /**
   * Lets no partition act as leader that has other replicas, or lets them again: while the broker
   * hears nothing of a controller for a session, others may lead them. Any thread.
   */
  public void fenceSelf(boolean fenced) {
    selfFenced = fenced;
    Map<Shard, List<Partition>> byShard = new LinkedHashMap<>();
    for (Partition partition : all()) {
      byShard.computeIfAbsent(partition.shard(), _ -> new ArrayList<>()).add(partition);
    }
    byShard.forEach(
        (shard, its) -> shard.submit(() -> its.forEach(it -> it.fenceSelf(selfFenced))));
  }

  /** Whether {@link #fenceSelf} was said last with true. */
  boolean isSelfFenced() {
    return selfFenced;
  }

  void add(Partition partition) {
    byId.computeIfAbsent(partition.topicId(), _ -> new ConcurrentHashMap<>())
        .put(partition.topicPartition().partition(), partition);
    byName.put(partition.topicPartition(), partition);
  }

  /** Returns whether it was not offline before. */
  boolean addOffline(Uuid topicId, TopicPartition partition) {
    boolean isNews = offlineById.add(new ById(topicId, partition.partition()));
    offlineByName.add(partition);
    return isNews;
  }

  /** Returns whether it was offline. */
  boolean removeOffline(Uuid topicId, TopicPartition partition) {
    boolean was = offlineById.remove(new ById(topicId, partition.partition()));
    if (was) {
      offlineByName.remove(partition);
    }
    return was;
  }

  /** Forgets those of one topic that are offline; returns their numbers. */
  List<Integer> removeOffline(Uuid topicId, String topic) {
    List<Integer> numbers =
        offlineById.stream().filter(it -> it.topicId.equals(topicId)).map(ById::partition).toList();
    numbers.forEach(number -> removeOffline(topicId, new TopicPartition(topic, number)));
    return numbers;
  }

  void remove(Partition partition) {
    byId.computeIfPresent(
        partition.topicId(),
        (_, topic) -> {
          topic.remove(partition.topicPartition().partition(), partition);
          return topic.isEmpty() ? null : topic;
        });
    // A topic of the same name may have been created since.
    byName.remove(partition.topicPartition(), partition);
  }
}
