package io.ottla.metadata.quorum;

import java.io.IOException;
import java.util.List;
import org.apache.ratis.conf.Parameters;
import org.apache.ratis.conf.RaftProperties;
import org.apache.ratis.protocol.RaftGroup;
import org.apache.ratis.protocol.RaftGroupId;
import org.apache.ratis.server.RaftServer;
import org.apache.ratis.server.raftlog.RaftLog;
import org.apache.ratis.server.storage.RaftStorage;

/**
 * Opens Ratis on a node's directory: who votes if the log is empty, how it is set, and whether what
 * was found is whole.
 */
final class RatisOpening {

  private final RatisQuorum.Settings settings;
  private final RaftGroupId groupId;
  private final boolean networked;

  /**
   * @param networked whether there can be other voters
   */
  RatisOpening(RatisQuorum.Settings settings, RaftGroupId groupId, boolean networked) {
    this.settings = settings;
    this.groupId = groupId;
    this.networked = networked;
  }

  /** Reads what is there; not started yet. */
  RaftServer open(RatisStateMachine<?> stateMachine, Parameters parameters) throws IOException {
    return RaftServer.newBuilder()
        .setServerId(RaftPeers.id(settings.nodeId()))
        .setGroup(RaftGroup.valueOf(groupId, RaftPeers.of(firstVoters(), 0)))
        .setOption(RaftStorage.StartupOption.RECOVER)
        .setStateMachine(stateMachine)
        .setProperties(properties())
        .setParameters(parameters)
        .build();
  }

  /** Who votes as long as the log is empty: nobody if this node is to be added to a quorum. */
  private List<Voter> firstVoters() {
    List<Voter> first = settings.firstVoters();
    if (first.stream().noneMatch(voter -> voter.nodeId() == settings.nodeId())) {
      return List.of();
    }
    return first.stream()
        .map(voter -> voter.nodeId() == settings.nodeId() ? settings.self() : voter)
        .toList();
  }

  private RaftProperties properties() throws IOException {
    if (!networked) {
      return RatisSettings.ofOneVoter(settings.directory(), settings.snapshotThreshold());
    }
    int written = StoredVoters.count(settings.voteDirectory());
    int voters = written > 0 ? written : firstVoters().size();
    return RatisSettings.ofVoters(
        settings.directory(), settings.snapshotThreshold(), settings.timeouts(), voters == 1);
  }

  /** Ratis would wait for ever for entries that are in neither snapshot nor log. */
  static void checkNoGap(RaftServer.Division division) throws IOException {
    long applied = division.getStateMachine().getLastAppliedTermIndex().getIndex();
    RaftLog log = division.getRaftLog();
    if (log.getLastEntryTermIndex() != null && log.getStartIndex() > applied + 1) {
      throw new IOException(
          "the log begins at index "
              + log.getStartIndex()
              + ", and the newest snapshot ends at "
              + applied
              + ": what is between is lost");
    }
  }
}
