package io.ottla.coordinator.group.consumer;

import io.ottla.coordinator.group.journal.GroupProtocol;
import io.ottla.coordinator.group.journal.JournaledGroup;
import io.ottla.coordinator.group.journal.JournaledMember;
import io.ottla.coordinator.group.journal.RebalanceCause;
import io.ottla.coordinator.group.journal.RebalanceObserver;
import io.ottla.wire.TopicPartition;
import io.ottla.wire.Uuid;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;

/**
 * Tells the journal what consumer groups go through. A rebalance lasts from the first change until
 * nobody in the group has anything to wait for, whatever else changes meanwhile: members go on from
 * target to target without stopping.
 *
 * <p>What an operation decides is told when it has been written: methods that return a task take
 * their picture of the group now, and tell when it runs, after the append.
 *
 * <p>Owned by the shard's thread.
 */
final class ConsumerJournal {

  private static final int MAX_MEMBERS = 50;

  private final RebalanceObserver observer;
  private final GroupStore groups;

  ConsumerJournal(RebalanceObserver observer, GroupStore groups) {
    this.observer = observer;
    this.groups = groups;
  }

  /** Names a member in a cause. */
  static JournaledMember named(ConsumerMember member) {
    return new JournaledMember(
        member.memberId(),
        member.instanceId(),
        member.metadata().clientId(),
        member.metadata().clientHost());
  }

  /** A group as it is. */
  private record Live(ConsumerGroup group) implements JournaledGroup {

    @Override
    public String groupId() {
      return group.groupId();
    }

    @Override
    public GroupProtocol groupProtocol() {
      return GroupProtocol.CONSUMER;
    }

    @Override
    public int generation() {
      return group.epoch();
    }

    @Override
    public int memberCount() {
      return group.size();
    }

    @Override
    public List<JournaledMember> journaledMembers(int max) {
      return group.members().stream().limit(max).map(ConsumerJournal::named).toList();
    }
  }

  /** A group at one moment. */
  private record Picture(
      String groupId, int generation, int memberCount, List<JournaledMember> members)
      implements JournaledGroup {

    static Picture of(ConsumerGroup group) {
      return new Picture(
          group.groupId(),
          group.epoch(),
          group.size(),
          new Live(group).journaledMembers(MAX_MEMBERS));
    }

    @Override
    public GroupProtocol groupProtocol() {
      return GroupProtocol.CONSUMER;
    }

    @Override
    public List<JournaledMember> journaledMembers(int max) {
      return members.subList(0, Math.min(max, members.size()));
    }
  }

  /** Something makes the group rebalance, which is as it was before. */
  Runnable because(ConsumerGroup group, RebalanceCause cause) {
    return because(group, List.of(cause));
  }

  Runnable because(ConsumerGroup group, List<RebalanceCause> causes) {
    Picture before = Picture.of(group);
    return () -> causes.forEach(cause -> observer.because(before, cause));
  }

  /** Members leave, or are removed, with all they have. */
  Runnable gone(ConsumerGroup group, Collection<ConsumerMember> members) {
    List<TopicPartition> released = new ArrayList<>();
    for (ConsumerMember member : members) {
      add(released, member.current().assigned(), CurrentAssignment.REMOVED);
      add(released, member.current().pendingRevocation(), CurrentAssignment.REMOVED);
    }
    return () -> observer.released(group.groupId(), released);
  }

  /** A member goes one step on. */
  Runnable moved(String groupId, CurrentAssignment before, CurrentAssignment after) {
    return () -> {
      List<TopicPartition> released = new ArrayList<>();
      add(released, before.assigned(), after);
      add(released, before.pendingRevocation(), after);
      if (!released.isEmpty()) {
        observer.released(groupId, released);
      }
      List<TopicPartition> taken = new ArrayList<>();
      add(taken, after.assigned(), before);
      if (!taken.isEmpty()) {
        observer.taken(groupId, taken);
      }
    };
  }

  /** Adds the partitions that another assignment does not have. */
  private void add(
      List<TopicPartition> partitions,
      Map<Uuid, Map<Integer, Integer>> some,
      CurrentAssignment other) {
    some.forEach(
        (topicId, ofTopic) -> {
          String name = null;
          for (Integer partition : ofTopic.keySet()) {
            if (other.assignmentEpoch(topicId, partition) == null) {
              name = name == null ? name(topicId) : name;
              partitions.add(new TopicPartition(name, partition));
            }
          }
        });
  }

  private String name(Uuid topicId) {
    TopicCatalog.Topic topic = groups.topics().topic(topicId);
    return topic == null ? topicId.toString() : topic.name();
  }

  /** Something was written of the group: it may have settled, or be empty. */
  void check(String groupId) {
    ConsumerGroup group = groups.find(groupId);
    if (group == null) {
      // It does not exist any more, or goes on as a classic one, which tells for itself.
      return;
    }
    if (group.isEmpty()) {
      observer.emptied(new Live(group));
    } else if (group.isSettled()) {
      observer.settled(new Live(group), List.of());
    }
  }

  /** The group has been loaded: if it was on its way, it goes on here. */
  void loaded(ConsumerGroup group) {
    if (!group.isEmpty() && !group.isSettled()) {
      observer.because(new Live(group), new RebalanceCause.GroupLoaded());
    }
  }
}
