package io.ottla.coordinator.group.consumer;

import io.ottla.coordinator.CoordinatorException;
import io.ottla.wire.ErrorCode;
import io.ottla.wire.Uuid;
import io.ottla.wire.message.ConsumerGroupHeartbeatRequest.TopicPartitions;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * The next step of one member towards its target (KIP-848): first it gives up what it is not to
 * have any more, and only then enters the target's epoch and takes what nobody else holds.
 *
 * <p>Decides on what it is given; for one step.
 */
final class Reconciliation {

  private final CurrentAssignment current;
  private final Target target;
  private final Set<Uuid> subscribed;
  private final boolean namesTopics;
  private final PartitionOwners owners;
  private final List<TopicPartitions> reported;

  /**
   * @param subscribed the topics the member subscribes to; what the target has of others does not
   *     count
   * @param namesTopics whether it subscribes to any, be there such topics or not
   * @param reported what the member says it has; null if it did not say
   */
  Reconciliation(
      CurrentAssignment current,
      Target target,
      Set<Uuid> subscribed,
      boolean namesTopics,
      PartitionOwners owners,
      List<TopicPartitions> reported) {
    this.current = current;
    this.target = target;
    this.subscribed = subscribed;
    this.namesTopics = namesTopics;
    this.owners = owners;
    this.reported = reported;
  }

  /**
   * Returns the member's next state, or the one it has.
   *
   * @param hasSubscriptionChanged whether it may have partitions it does not subscribe to any more
   * @throws CoordinatorException FENCED_MEMBER_EPOCH if its state is not known
   */
  CurrentAssignment step(boolean hasSubscriptionChanged) {
    return switch (current.state()) {
      case STABLE -> {
        if (current.epoch() != target.epoch()) {
          yield advance(current.epoch());
        }
        yield hasSubscriptionChanged ? dropUnsubscribed() : current;
      }
      case UNREVOKED_PARTITIONS -> {
        if (!stillHas(current.pendingRevocation())) {
          yield advance(current.epoch());
        }
        yield hasSubscriptionChanged ? dropUnsubscribed() : current;
      }
      case UNRELEASED_PARTITIONS -> advance(current.epoch());
      case UNKNOWN -> {
        if (reported == null || !reported.isEmpty()) {
          throw new CoordinatorException(
              ErrorCode.FENCED_MEMBER_EPOCH,
              "The state of the member is not known. It must give up all its partitions and join"
                  + " again.");
        }
        yield advance(target.epoch());
      }
    };
  }

  /** Whether the member may still be reading some of these partitions. */
  private boolean stillHas(Map<Uuid, Map<Integer, Integer>> partitions) {
    if (reported == null) {
      return true;
    }
    for (TopicPartitions topic : reported) {
      Map<Integer, Integer> ofTopic = partitions.get(topic.topicId());
      if (ofTopic != null) {
        for (Integer partition : topic.partitions()) {
          if (ofTopic.containsKey(partition)) {
            return true;
          }
        }
      }
    }
    return false;
  }

  /** Takes away what the member does not subscribe to any more, without waiting for a target. */
  private CurrentAssignment dropUnsubscribed() {
    // Who names no topics any more begins anew even if it had nothing, as with Kafka.
    boolean beginsAnew = !namesTopics && current.pendingRevocation().isEmpty();
    if (!beginsAnew && subscribed.containsAll(current.assigned().keySet())) {
      return current;
    }
    Map<Uuid, Map<Integer, Integer>> assigned = new TreeMap<>();
    Map<Uuid, Map<Integer, Integer>> pending = new TreeMap<>(current.pendingRevocation());
    current
        .assigned()
        .forEach(
            (topicId, epochs) -> {
              if (subscribed.contains(topicId)) {
                assigned.put(topicId, epochs);
              } else {
                pending.merge(topicId, epochs, Reconciliation::union);
              }
            });
    return !pending.isEmpty() && stillHas(pending)
        ? current.next(current.epoch(), MemberState.UNREVOKED_PARTITIONS, assigned, pending)
        : current.next(current.epoch(), current.state(), assigned, current.pendingRevocation());
  }

  private static Map<Integer, Integer> union(
      Map<Integer, Integer> one, Map<Integer, Integer> other) {
    Map<Integer, Integer> union = new TreeMap<>(one);
    union.putAll(other);
    return union;
  }

  /**
   * @param epoch in which the member stays while it has something to give up
   */
  private CurrentAssignment advance(int epoch) {
    Map<Uuid, Map<Integer, Integer>> kept = new TreeMap<>();
    Map<Uuid, Map<Integer, Integer>> pending = new TreeMap<>();
    current.assigned().forEach((topicId, epochs) -> split(topicId, epochs, kept, pending));
    if (!pending.isEmpty() && stillHas(pending)) {
      return current.next(epoch, MemberState.UNREVOKED_PARTITIONS, kept, pending);
    }
    boolean waits = take(kept);
    return current.next(
        target.epoch(),
        waits ? MemberState.UNRELEASED_PARTITIONS : MemberState.STABLE,
        kept,
        Map.of());
  }

  private void split(
      Uuid topicId,
      Map<Integer, Integer> epochs,
      Map<Uuid, Map<Integer, Integer>> kept,
      Map<Uuid, Map<Integer, Integer>> pending) {
    Set<Integer> wanted = wanted(topicId);
    epochs.forEach(
        (partition, epoch) ->
            (wanted.contains(partition) ? kept : pending)
                .computeIfAbsent(topicId, id -> new TreeMap<>())
                .put(partition, epoch));
  }

  private Set<Integer> wanted(Uuid topicId) {
    return subscribed.contains(topicId)
        ? target.assignment().partitions().getOrDefault(topicId, Set.of())
        : Set.of();
  }

  /** Adds what is free; returns whether something is not. */
  private boolean take(Map<Uuid, Map<Integer, Integer>> assigned) {
    boolean waits = false;
    for (Uuid topicId : target.assignment().partitions().keySet()) {
      Map<Integer, Integer> ofTopic = assigned.get(topicId);
      for (Integer partition : wanted(topicId)) {
        if (ofTopic != null && ofTopic.containsKey(partition)) {
          continue;
        }
        if (isFree(topicId, partition)) {
          if (ofTopic == null) {
            ofTopic = new TreeMap<>();
            assigned.put(topicId, ofTopic);
          }
          ofTopic.put(partition, target.epoch());
        } else {
          waits = true;
        }
      }
    }
    return waits;
  }

  /** What the member itself has just given up may come back to it. */
  private boolean isFree(Uuid topicId, int partition) {
    return !owners.isOwned(topicId, partition)
        || current.pendingRevocation().getOrDefault(topicId, Map.of()).containsKey(partition);
  }

  /** The ids of the topics a member subscribes to, of those that exist. */
  static Set<Uuid> subscribedIds(
      MemberMetadata metadata, GroupSubscriptions subscriptions, TopicCatalog topics) {
    Set<Uuid> ids = new TreeSet<>();
    addIds(ids, metadata.topics(), topics);
    if (metadata.hasRegex()) {
      ResolvedRegex resolved = subscriptions.resolved(metadata.regex());
      if (resolved != null) {
        addIds(ids, resolved.topics(), topics);
      }
    }
    return ids;
  }

  /** Whether a member subscribes to anything, be there such topics or not. */
  static boolean namesTopics(MemberMetadata metadata, GroupSubscriptions subscriptions) {
    if (!metadata.topics().isEmpty()) {
      return true;
    }
    ResolvedRegex resolved = metadata.hasRegex() ? subscriptions.resolved(metadata.regex()) : null;
    return resolved != null && !resolved.topics().isEmpty();
  }

  private static void addIds(Set<Uuid> ids, Set<String> names, TopicCatalog topics) {
    for (String name : names) {
      TopicCatalog.Topic topic = topics.topic(name);
      if (topic != null) {
        ids.add(topic.id());
      }
    }
  }
}
