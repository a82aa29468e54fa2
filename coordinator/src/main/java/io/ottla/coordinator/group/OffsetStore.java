package io.ottla.coordinator.group;

import io.ottla.coordinator.CoordinatorShard;
import io.ottla.wire.TopicPartition;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.BiConsumer;

/**
 * The committed offsets of all groups of one partition, and those that open transactions would
 * commit. Changed by replay alone.
 *
 * <p>Owned by the shard's thread; as {@link CommittedOffsets} it may be looked at from any thread.
 */
final class OffsetStore implements CommittedOffsets {

  private record GroupPartition(String groupId, TopicPartition partition) {}

  private final int partition;

  /**
   * By group, topic and partition; no level is ever empty, as the shard sees it. Written by the
   * shard alone.
   */
  private final Map<String, Map<String, Map<Integer, CommittedOffset>>> committed =
      new ConcurrentHashMap<>();

  /** What open transactions would commit, by producer id. */
  private final Map<Long, Map<GroupPartition, CommittedOffset>> pending = new HashMap<>();

  /** The producers that have something pending, by group and partition; no level is ever empty. */
  private final Map<String, Map<TopicPartition, Set<Long>>> openTransactions = new HashMap<>();

  OffsetStore(int partition) {
    this.partition = partition;
  }

  @Override
  public int partition() {
    return partition;
  }

  @Override
  public void forEach(Visitor visitor) {
    committed.forEach((groupId, topics) -> show(groupId, topics, visitor));
  }

  @Override
  public void forEach(String groupId, Visitor visitor) {
    show(groupId, of(groupId), visitor);
  }

  private static void show(
      String groupId, Map<String, Map<Integer, CommittedOffset>> topics, Visitor visitor) {
    topics.forEach(
        (topic, offsets) ->
            offsets.forEach(
                (number, offset) ->
                    visitor.visit(groupId, topic, offset.topicId(), number, offset.offset())));
  }

  /** A group's offsets by topic and partition, in no order; not to be changed. */
  Map<String, Map<Integer, CommittedOffset>> of(String groupId) {
    return committed.getOrDefault(groupId, Map.of());
  }

  /** The committed offset, or null. */
  CommittedOffset find(String groupId, String topic, int partition) {
    return of(groupId).getOrDefault(topic, Map.of()).get(partition);
  }

  /** Whether a transaction that is not finished may change the offset. */
  boolean isPending(String groupId, TopicPartition partition) {
    return openTransactions.getOrDefault(groupId, Map.of()).containsKey(partition);
  }

  /** Partitions of a group that open transactions may change. */
  Set<TopicPartition> pendingPartitions(String groupId) {
    return openTransactions.getOrDefault(groupId, Map.of()).keySet();
  }

  boolean hasOpenTransactions(String groupId) {
    return openTransactions.containsKey(groupId);
  }

  /** Shows every offset of a topic, those of open transactions too: group and partition. */
  void forEachOfTopic(
      String topic, BiConsumer<String, Map.Entry<Integer, CommittedOffset>> action) {
    committed.forEach(
        (groupId, topics) ->
            topics
                .getOrDefault(topic, Map.of())
                .entrySet()
                .forEach(entry -> action.accept(groupId, entry)));
    pending
        .values()
        .forEach(
            offsets ->
                offsets.forEach(
                    (key, offset) -> {
                      if (key.partition.topic().equals(topic)) {
                        action.accept(key.groupId, Map.entry(key.partition.partition(), offset));
                      }
                    }));
  }

  /** Applies a commit; one of a transaction waits for its end. */
  void replayCommit(
      String groupId, TopicPartition partition, long producerId, CommittedOffset offset) {
    if (producerId == CoordinatorShard.NO_PRODUCER_ID) {
      put(groupId, partition, offset);
      return;
    }
    pending
        .computeIfAbsent(producerId, id -> new LinkedHashMap<>())
        .put(new GroupPartition(groupId, partition), offset);
    openTransactions
        .computeIfAbsent(groupId, id -> new HashMap<>())
        .computeIfAbsent(partition, id -> new HashSet<>())
        .add(producerId);
  }

  /** Applies a tombstone: it also undoes what open transactions have written before it. */
  void replayTombstone(String groupId, TopicPartition partition) {
    remove(groupId, partition);
    Set<Long> producers = openTransactions.getOrDefault(groupId, Map.of()).get(partition);
    if (producers != null) {
      GroupPartition key = new GroupPartition(groupId, partition);
      for (long producerId : List.copyOf(producers)) {
        Map<GroupPartition, CommittedOffset> offsets = pending.get(producerId);
        offsets.remove(key);
        if (offsets.isEmpty()) {
          pending.remove(producerId);
        }
        close(key, producerId);
      }
    }
  }

  /** Applies a transaction's end. */
  void replayEndTransaction(long producerId, boolean isCommitted) {
    Map<GroupPartition, CommittedOffset> offsets = pending.remove(producerId);
    if (offsets == null) {
      return;
    }
    offsets.forEach(
        (key, offset) -> {
          close(key, producerId);
          if (isCommitted) {
            CommittedOffset current =
                find(key.groupId, key.partition.topic(), key.partition.partition());
            // The later of two commits wins, not the one whose transaction ends later: after
            // compaction only the later record is left.
            if (current == null || current.recordOffset() < offset.recordOffset()) {
              put(key.groupId, key.partition, offset);
            }
          }
        });
  }

  private void close(GroupPartition key, long producerId) {
    Map<TopicPartition, Set<Long>> partitions = openTransactions.get(key.groupId);
    Set<Long> producers = partitions.get(key.partition);
    producers.remove(producerId);
    if (producers.isEmpty()) {
      partitions.remove(key.partition);
      if (partitions.isEmpty()) {
        openTransactions.remove(key.groupId);
      }
    }
  }

  private void put(String groupId, TopicPartition partition, CommittedOffset offset) {
    Map<String, Map<Integer, CommittedOffset>> topics = committed.get(groupId);
    if (topics == null) {
      topics = new ConcurrentHashMap<>();
      committed.put(groupId, topics);
    }
    Map<Integer, CommittedOffset> offsets = topics.get(partition.topic());
    if (offsets == null) {
      offsets = new ConcurrentHashMap<>();
      topics.put(partition.topic(), offsets);
    }
    offsets.put(partition.partition(), offset);
  }

  private void remove(String groupId, TopicPartition partition) {
    Map<String, Map<Integer, CommittedOffset>> topics = committed.get(groupId);
    if (topics == null) {
      return;
    }
    Map<Integer, CommittedOffset> partitions = topics.get(partition.topic());
    if (partitions == null) {
      return;
    }
    partitions.remove(partition.partition());
    if (partitions.isEmpty()) {
      topics.remove(partition.topic());
      if (topics.isEmpty()) {
        committed.remove(groupId);
      }
    }
  }
}
