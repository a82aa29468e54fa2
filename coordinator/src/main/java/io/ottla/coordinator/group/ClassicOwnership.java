package io.ottla.coordinator.group;

import io.ottla.wire.TopicPartition;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Who owned which partitions of a classic group when it began to rebalance, and what they have
 * given up since. The broker only sees who was assigned what and what members say when they join
 * again; what it cannot understand, or is too much to look at, makes it unknown.
 *
 * <p>Owned by the shard's thread.
 */
final class ClassicOwnership {

  /** Bytes of assignments that are looked at for one group; a partition is about 4 of them. */
  private static final int MAX_ASSIGNMENT_BYTES = 4 * 1024 * 1024;

  /** By member: what it was assigned last and has not given up. */
  private final Map<String, Set<TopicPartition>> held;

  private final Set<TopicPartition> released = new HashSet<>();

  private ClassicOwnership(Map<String, Set<TopicPartition>> held) {
    this.held = held;
  }

  /** As the group's assignments say, or null if that is unknown. */
  static ClassicOwnership of(ClassicGroup group) {
    if (group.size() > 0 && !group.usesConsumerProtocol()) {
      return null;
    }
    Map<String, Set<TopicPartition>> held = new HashMap<>();
    long bytes = 0;
    for (ClassicMember member : group.members()) {
      bytes += member.assignment().length;
      List<TopicPartition> assigned =
          bytes > MAX_ASSIGNMENT_BYTES ? null : OwnedPartitions.assigned(member.assignment());
      if (assigned == null) {
        return null;
      }
      held.put(member.memberId(), new HashSet<>(assigned));
    }
    return new ClassicOwnership(held);
  }

  /**
   * A member joins again.
   *
   * @return what it gives up, or null if that is unknown
   */
  Set<TopicPartition> rejoined(String memberId, byte[] subscription) {
    List<TopicPartition> claimed = OwnedPartitions.claimed(subscription);
    if (claimed == null) {
      return null;
    }
    Set<TopicPartition> owned = held.get(memberId);
    if (owned == null) {
      return Set.of();
    }
    Set<TopicPartition> givenUp = new HashSet<>(owned);
    claimed.forEach(givenUp::remove);
    owned.removeAll(givenUp);
    released.addAll(givenUp);
    return givenUp;
  }

  /** A member has gone. What it owned is returned. */
  Set<TopicPartition> gone(String memberId) {
    Set<TopicPartition> owned = held.remove(memberId);
    if (owned == null) {
      return Set.of();
    }
    released.addAll(owned);
    return owned;
  }

  /** Of what is assigned now, what nobody held until now. */
  List<TopicPartition> takenBy(ClassicOwnership next) {
    Set<TopicPartition> stillHeld = new HashSet<>();
    held.values().forEach(stillHeld::addAll);
    List<TopicPartition> taken = new ArrayList<>();
    for (Set<TopicPartition> owned : next.held.values()) {
      for (TopicPartition partition : owned) {
        if (stillHeld.add(partition)) {
          taken.add(partition);
        }
      }
    }
    return taken;
  }

  /** Of what somebody had, what nobody is assigned now although members subscribe to it. */
  List<TopicPartition> leftOutBy(ClassicOwnership next, ClassicGroup group) {
    Set<TopicPartition> left = new HashSet<>(released);
    held.values().forEach(left::addAll);
    next.held.values().forEach(left::removeAll);
    left.removeIf(partition -> !group.isSubscribedTo(partition.topic()));
    return List.copyOf(left);
  }
}
