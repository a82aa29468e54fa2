package io.ottla.coordinator.group;

import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * How many members of a classic group speak each protocol.
 *
 * <p>Owned by the shard's thread.
 */
final class SpokenProtocols {

  private final Map<String, Integer> speakers = new HashMap<>();

  void add(ClassicMember member) {
    count(member, 1);
  }

  void remove(ClassicMember member) {
    count(member, -1);
  }

  private void count(ClassicMember member, int step) {
    for (MemberProtocol protocol : member.protocols()) {
      speakers.merge(
          protocol.name(), step, (old, change) -> old + change == 0 ? null : old + change);
    }
  }

  /** Whether any of the protocols is spoken by this many members. */
  boolean isAnySpokenBy(int members, List<MemberProtocol> protocols) {
    for (MemberProtocol protocol : protocols) {
      if (speakers.getOrDefault(protocol.name(), 0) == members) {
        return true;
      }
    }
    return false;
  }

  void clear() {
    speakers.clear();
  }
}
