package io.ottla.coordinator.group;

import static org.assertj.core.api.Assertions.assertThat;

import io.ottla.coordinator.group.consumer.ConsumerGroup;
import io.ottla.coordinator.group.consumer.ConsumerMember;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;

/** What of a shard's state must be the same after the log was replayed. */
final class PersistentState {

  private PersistentState() {}

  static void assertReplayed(GroupShard live, GroupShard replayed) {
    assertThat(offsets(replayed)).isEqualTo(offsets(live));
    assertThat(replayed.groups().ids()).containsExactlyInAnyOrderElementsOf(live.groups().ids());
    for (Group group : live.groups().all()) {
      String groupId = group.groupId();
      assertThat(replayed.groups().find(groupId).type()).isEqualTo(group.type());
      assertThat(replayed.offsets().pendingPartitions(groupId))
          .as("partitions in transactions of %s", groupId)
          .isEqualTo(live.offsets().pendingPartitions(groupId));
      if (group instanceof ModernGroup modern) {
        ModernGroup other = (ModernGroup) replayed.groups().find(group.groupId());
        assertThat(digest(other.group())).isEqualTo(digest(modern.group()));
      }
    }
    for (ClassicGroup group : live.groups().allClassic()) {
      ClassicGroup other = replayed.groups().findClassic(group.groupId());
      if (group.isIn(ClassicGroupState.EMPTY) || group.isIn(ClassicGroupState.STABLE)) {
        assertThat(digest(other)).isEqualTo(digest(group));
      } else {
        // Between generations the log is behind by design.
        assertThat(other.generation()).isLessThanOrEqualTo(group.generation());
      }
    }
  }

  /** All offsets by group, topic and partition. */
  static Map<String, Map<String, Map<Integer, CommittedOffset>>> offsets(GroupShard shard) {
    Map<String, Map<String, Map<Integer, CommittedOffset>>> all = new TreeMap<>();
    for (String groupId : shard.groups().ids()) {
      if (!shard.offsets().of(groupId).isEmpty()) {
        all.put(groupId, shard.offsets().of(groupId));
      }
    }
    return all;
  }

  private static String digest(ConsumerGroup group) {
    StringBuilder text = new StringBuilder();
    text.append(group)
        .append(" target of ")
        .append(group.targetEpoch())
        .append(" topics ")
        .append(group.metadataHash())
        .append(new TreeSet<>(group.subscribedTopics()))
        .append(" classic ")
        .append(group.classicMembers());
    Map<String, ConsumerMember> members = new TreeMap<>();
    group.members().forEach(member -> members.put(member.memberId(), member));
    members.forEach(
        (id, member) ->
            text.append("\n  ")
                .append(member)
                .append(" shall ")
                .append(group.target(id))
                .append(" is ")
                .append(group.staticMemberId(member.instanceId())));
    return text.toString();
  }

  private static String digest(ClassicGroup group) {
    StringBuilder text = new StringBuilder();
    text.append(group)
        .append(" type ")
        .append(group.protocolType())
        .append(" protocol ")
        .append(group.protocolName())
        .append(" leader ")
        .append(group.leaderId())
        .append(" since ")
        .append(group.stateTimestampMs());
    for (ClassicMember member : group.members()) {
      text.append("\n  ")
          .append(member)
          .append(' ')
          .append(member.clientId())
          .append(member.clientHost())
          .append(' ')
          .append(member.timeouts())
          .append(" assigned ")
          .append(GroupBed.text(member.assignment()));
      if (group.protocolName() != null) {
        text.append(" says ").append(GroupBed.text(member.metadata(group.protocolName())));
      }
    }
    return text.toString();
  }
}
