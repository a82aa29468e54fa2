package io.ottla.coordinator.group.consumer;

import io.ottla.coordinator.CoordinatorRecord;
import io.ottla.coordinator.group.journal.RebalanceObserver;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Objects;
import java.util.Set;

/**
 * The groups of one partition, the topics there are, and who reads which of them. Groups come and
 * go by replay alone.
 *
 * <p>Owned by the shard's thread.
 */
final class GroupStore {

  private final Map<String, ConsumerGroup> groups = new LinkedHashMap<>();
  private final Map<String, Set<String>> groupsByTopic = new HashMap<>();
  private final TopicHashes hashes = new TopicHashes();
  private final SubscriptionListener subscribers = new Subscribers();
  private final ConsumerJournal journal;
  private TopicCatalog topics = TopicCatalog.EMPTY;

  GroupStore(RebalanceObserver rebalances) {
    this.journal = new ConsumerJournal(rebalances, this);
  }

  ConsumerJournal journal() {
    return journal;
  }

  /** The group, or null. */
  ConsumerGroup find(String groupId) {
    return groups.get(groupId);
  }

  Collection<ConsumerGroup> all() {
    return Collections.unmodifiableCollection(groups.values());
  }

  TopicCatalog topics() {
    return topics;
  }

  /** The hash of the topics as they are now. */
  long hash(Collection<String> topicNames) {
    return hashes.of(topicNames, topics);
  }

  /** Applies a record; false if it is not one of consumer groups. */
  boolean replay(CoordinatorRecord record) {
    String groupId = GroupReplay.groupId(record);
    if (groupId == null) {
      return false;
    }
    ConsumerGroup group = groups.get(groupId);
    if (GroupReplay.isEnd(record)) {
      if (group != null) {
        groups.remove(groupId);
        group.die();
      }
    } else if (group != null) {
      GroupReplay.apply(group, record);
    } else if (!record.isTombstone()) {
      group = new ConsumerGroup(groupId, subscribers);
      groups.put(groupId, group);
      GroupReplay.apply(group, record);
    }
    return true;
  }

  /** The topics have changed: groups that read what has changed are to look at their topics. */
  void onTopics(TopicCatalog now) {
    TopicCatalog before = topics;
    if (before == now) {
      return;
    }
    topics = now;
    hashes.forgetChanged(before, now);
    groupsByTopic.forEach(
        (name, groupIds) -> {
          if (!Objects.equals(before.topic(name), now.topic(name))) {
            groupIds.forEach(groupId -> groups.get(groupId).soft().requestTopicsCheck());
          }
        });
  }

  void clear() {
    groups.values().forEach(ConsumerGroup::die);
    groups.clear();
  }

  private final class Subscribers implements SubscriptionListener {

    @Override
    public void onSubscribed(String groupId, String topic) {
      groupsByTopic.computeIfAbsent(topic, name -> new LinkedHashSet<>()).add(groupId);
    }

    @Override
    public void onUnsubscribed(String groupId, String topic) {
      Set<String> groupIds = groupsByTopic.get(topic);
      if (groupIds != null && groupIds.remove(groupId) && groupIds.isEmpty()) {
        groupsByTopic.remove(topic);
        hashes.forget(topic);
      }
    }
  }
}
