package io.ottla.coordinator.group.consumer;

import io.ottla.coordinator.group.assignor.Assignor;
import io.ottla.coordinator.group.assignor.GroupSpec;
import io.ottla.coordinator.group.assignor.MemberAssignment;
import io.ottla.coordinator.group.assignor.MemberSpec;
import io.ottla.coordinator.group.assignor.TopicSpec;
import io.ottla.wire.Uuid;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * One target assignment to be computed: a picture of the group, taken on the shard's thread, which
 * can be computed with on any.
 */
final class AssignmentTask {

  private record Subscription(Set<String> topics, String regex) {}

  private final int epoch;
  private final Assignor assignor;
  private final Map<String, MemberSpec> members = new LinkedHashMap<>();
  private final TopicSpec topics;

  /**
   * @param changed a member that is not in the group yet as it will be; null if there is none
   */
  AssignmentTask(
      ConsumerGroup group,
      int epoch,
      Assignor assignor,
      TopicCatalog catalog,
      ConsumerMember changed) {
    this.epoch = epoch;
    this.assignor = assignor;
    this.topics = new CatalogTopics(catalog);
    // Members that subscribe to the same share one set, which also tells the assignor that they do.
    Map<Subscription, Set<Uuid>> ids = new HashMap<>();
    for (ConsumerMember member : group.members()) {
      if (changed == null || !member.memberId().equals(changed.memberId())) {
        add(group, member, group.target(member.memberId()), catalog, ids);
      }
    }
    if (changed != null) {
      String replaced = group.staticMemberId(changed.instanceId());
      boolean isReplacing = replaced != null && !replaced.equals(changed.memberId());
      if (isReplacing) {
        members.remove(replaced);
      }
      add(group, changed, group.target(isReplacing ? replaced : changed.memberId()), catalog, ids);
    }
  }

  private void add(
      ConsumerGroup group,
      ConsumerMember member,
      MemberAssignment assigned,
      TopicCatalog catalog,
      Map<Subscription, Set<Uuid>> ids) {
    MemberMetadata metadata = member.metadata();
    Set<Uuid> subscribed =
        ids.computeIfAbsent(
            new Subscription(metadata.topics(), metadata.hasRegex() ? metadata.regex() : ""),
            any -> Reconciliation.subscribedIds(metadata, group.subscriptions(), catalog));
    members.put(
        member.memberId(),
        new MemberSpec(metadata.instanceId(), metadata.rackId(), subscribed, assigned));
  }

  /** Members and partitions: about what the computation takes, told without looking at members. */
  static long size(ConsumerGroup group, TopicCatalog catalog) {
    long size = group.size();
    for (String name : group.subscriptions().topics()) {
      TopicCatalog.Topic topic = catalog.topic(name);
      size += topic == null ? 0 : topic.partitionCount();
    }
    return size;
  }

  /** The group's epoch it is computed for. */
  int epoch() {
    return epoch;
  }

  String assignorName() {
    return assignor.name();
  }

  /** The members it is computed for. */
  Map<String, MemberSpec> members() {
    return members;
  }

  /**
   * Computes. Any thread.
   *
   * @throws io.ottla.coordinator.group.assignor.AssignorException if it cannot be done
   */
  Map<String, MemberAssignment> compute() {
    return assignor.assign(new GroupSpec(members), topics);
  }

  private record CatalogTopics(TopicCatalog catalog) implements TopicSpec {

    @Override
    public int partitionCount(Uuid topicId) {
      TopicCatalog.Topic topic = catalog.topic(topicId);
      return topic == null ? -1 : topic.partitionCount();
    }

    @Override
    public Set<String> racks(Uuid topicId, int partition) {
      TopicCatalog.Topic topic = catalog.topic(topicId);
      List<String> racks = topic == null ? List.of() : topic.racks(partition);
      return racks.isEmpty() ? Set.of() : new HashSet<>(racks);
    }
  }
}
