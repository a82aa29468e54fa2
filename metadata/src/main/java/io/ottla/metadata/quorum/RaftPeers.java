package io.ottla.metadata.quorum;

import io.ottla.metadata.config.HostPort;
import io.ottla.wire.Uuid;
import java.util.Collection;
import java.util.List;
import org.apache.ratis.protocol.RaftPeer;
import org.apache.ratis.protocol.RaftPeerId;

/**
 * Voters as Ratis keeps them in its configuration entries: the node id is the peer's id, and the
 * directory id goes where Ratis would have an address for administrators, which it has no use for
 * without a network of its own. The priority counts how often the entry of a quorum's voters was
 * renewed, and is the same for all of them; Ratis takes a configuration with the same peers for a
 * new one only if a priority differs.
 */
final class RaftPeers {

  private static final HostPort NOWHERE = new HostPort("", 0);

  private RaftPeers() {}

  static RaftPeerId id(int nodeId) {
    return RaftPeerId.valueOf(Integer.toString(nodeId));
  }

  static int nodeId(RaftPeerId id) {
    return Integer.parseInt(id.toString());
  }

  static RaftPeer of(Voter voter, int priority) {
    return RaftPeer.newBuilder()
        .setId(id(voter.nodeId()))
        .setAddress(voter.address().toString())
        .setAdminAddress(voter.directoryId().toString())
        .setPriority(priority)
        .build();
  }

  static List<RaftPeer> of(Collection<Voter> voters, int priority) {
    return voters.stream().map(voter -> of(voter, priority)).toList();
  }

  static Voter voter(RaftPeer peer) {
    return new Voter(
        nodeId(peer.getId()),
        directoryId(peer),
        peer.getAddress() == null ? NOWHERE : HostPort.parse(peer.getAddress()).orElse(NOWHERE));
  }

  static List<Voter> voters(Collection<RaftPeer> peers) {
    return peers.stream()
        .map(RaftPeers::voter)
        .sorted((one, other) -> Integer.compare(one.nodeId(), other.nodeId()))
        .toList();
  }

  static int priority(Collection<RaftPeer> peers) {
    return peers.stream().mapToInt(RaftPeer::getPriority).max().orElse(0);
  }

  private static Uuid directoryId(RaftPeer peer) {
    try {
      String written = peer.getAdminAddress();
      return written == null || written.isEmpty() ? Uuid.ZERO : Uuid.parse(written);
    } catch (IllegalArgumentException notOurs) {
      return Uuid.ZERO;
    }
  }
}
