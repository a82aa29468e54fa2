package io.ottla.coordinator.group;

import io.ottla.coordinator.group.journal.GroupProtocol;
import io.ottla.coordinator.group.journal.JournaledGroup;
import io.ottla.coordinator.group.journal.JournaledMember;
import io.ottla.coordinator.group.journal.RebalanceCause;
import io.ottla.coordinator.group.journal.RebalanceObserver;
import io.ottla.wire.TopicPartition;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Tells the journal what classic groups go through, and works out which partitions had no owner:
 * eager members give up all they have as they join again, cooperative ones what they were not
 * assigned any more.
 *
 * <p>Owned by the shard's thread.
 */
final class ClassicJournal {

  private final RebalanceObserver observer;

  /** Who owned what, for the groups that rebalance; empty where that is unknown. */
  private final Map<String, Optional<ClassicOwnership>> rebalancing = new HashMap<>();

  ClassicJournal(RebalanceObserver observer) {
    this.observer = observer;
  }

  /** Names a member in a cause. */
  static JournaledMember named(ClassicMember member) {
    return new JournaledMember(
        member.memberId(), member.groupInstanceId(), member.clientId(), member.clientHost());
  }

  private record Journaled(ClassicGroup group) implements JournaledGroup {
    @Override
    public String groupId() {
      return group.groupId();
    }

    @Override
    public GroupProtocol groupProtocol() {
      return GroupProtocol.CLASSIC;
    }

    @Override
    public int generation() {
      return group.generation();
    }

    @Override
    public int memberCount() {
      return group.size();
    }

    @Override
    public List<JournaledMember> journaledMembers(int max) {
      return group.members().stream().limit(max).map(ClassicJournal::named).toList();
    }
  }

  /** Something makes the group rebalance, or begin again. The group has not changed yet. */
  void because(ClassicGroup group, RebalanceCause cause) {
    observer.because(new Journaled(group), cause);
    Optional<ClassicOwnership> ownership =
        rebalancing.computeIfAbsent(
            group.groupId(), id -> Optional.ofNullable(ClassicOwnership.of(group)));
    if (ownership.isEmpty()) {
      observer.ownershipUnknown(group.groupId());
    }
  }

  /** A member joins the rebalance that is under way. */
  void rejoined(ClassicGroup group, ClassicMember member) {
    Optional<ClassicOwnership> ownership = rebalancing.get(group.groupId());
    if (ownership == null || ownership.isEmpty() || !group.usesConsumerProtocol()) {
      return;
    }
    Collection<TopicPartition> givenUp =
        ownership.get().rejoined(member.memberId(), member.protocols().getFirst().metadata());
    if (givenUp == null) {
      rebalancing.put(group.groupId(), Optional.empty());
      observer.ownershipUnknown(group.groupId());
    } else if (!givenUp.isEmpty()) {
      observer.released(group.groupId(), givenUp);
    }
  }

  /** A member has gone, or lives on under another id as if it were new. */
  void gone(ClassicGroup group, String memberId) {
    Optional<ClassicOwnership> ownership = rebalancing.get(group.groupId());
    if (ownership != null && ownership.isPresent()) {
      Collection<TopicPartition> givenUp = ownership.get().gone(memberId);
      if (!givenUp.isEmpty()) {
        observer.released(group.groupId(), givenUp);
      }
    }
  }

  /** A generation has begun: everybody who is to be a member has joined. */
  void assigning(ClassicGroup group) {
    observer.assigning(new Journaled(group));
  }

  /** The generation's assignments are written down and handed out. */
  void settled(ClassicGroup group) {
    Optional<ClassicOwnership> ownership = rebalancing.remove(group.groupId());
    if (ownership == null) {
      return;
    }
    ClassicOwnership before = ownership.orElse(null);
    ClassicOwnership now = before == null ? null : ClassicOwnership.of(group);
    Collection<TopicPartition> leftForNext = List.of();
    if (now == null) {
      observer.ownershipUnknown(group.groupId());
    } else {
      observer.taken(group.groupId(), before.takenBy(now));
      leftForNext = before.leftOutBy(now, group);
    }
    observer.settled(new Journaled(group), leftForNext);
  }

  /** The group goes on in the other protocol. */
  void forget(String groupId) {
    rebalancing.remove(groupId);
  }

  /** The group has come from another protocol, and what is assigned may stay. */
  void settledAsItIs(ClassicGroup group) {
    observer.settled(new Journaled(group), List.of());
  }

  /** Nobody is left in the group. */
  void emptied(ClassicGroup group) {
    rebalancing.remove(group.groupId());
    observer.emptied(new Journaled(group));
  }

  /** This broker does not coordinate the groups any more. */
  void unloaded() {
    rebalancing.clear();
    observer.unloaded();
  }
}
