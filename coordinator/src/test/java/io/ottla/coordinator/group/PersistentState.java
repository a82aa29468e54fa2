package io.ottla.coordinator.group;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import java.util.TreeMap;

/** What of a shard's state must be the same after the log was replayed. */
final class PersistentState {

  private PersistentState() {}

  static void assertReplayed(GroupShard live, GroupShard replayed) {
    assertThat(offsets(replayed)).isEqualTo(offsets(live));
    assertThat(replayed.groups().ids()).containsExactlyInAnyOrderElementsOf(live.groups().ids());
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
