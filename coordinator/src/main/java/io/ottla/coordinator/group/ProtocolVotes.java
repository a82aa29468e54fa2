package io.ottla.coordinator.group;

import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Which protocol a generation uses: of those all members speak, the one most members put first. */
final class ProtocolVotes {

  private ProtocolVotes() {}

  /**
   * Counts.
   *
   * @param members each member's protocols by preference, at least one member
   * @return the winner; between equals, the one that got its first vote first. Null if the members
   *     have no protocol in common
   */
  static String elect(Collection<List<MemberProtocol>> members) {
    Map<String, Integer> speakers = new LinkedHashMap<>();
    for (List<MemberProtocol> protocols : members) {
      for (MemberProtocol protocol : protocols) {
        speakers.merge(protocol.name(), 1, Integer::sum);
      }
    }
    Map<String, Integer> votes = new LinkedHashMap<>();
    for (List<MemberProtocol> protocols : members) {
      for (MemberProtocol protocol : protocols) {
        if (speakers.get(protocol.name()) == members.size()) {
          votes.merge(protocol.name(), 1, Integer::sum);
          break;
        }
      }
    }
    String winner = null;
    int most = 0;
    for (Map.Entry<String, Integer> entry : votes.entrySet()) {
      if (entry.getValue() > most) {
        winner = entry.getKey();
        most = entry.getValue();
      }
    }
    return winner;
  }
}
