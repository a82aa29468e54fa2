package io.ottla.metadata.quorum;

import io.ottla.metadata.quorum.QuorumMessage.Answer;
import io.ottla.metadata.quorum.QuorumMessage.Kind;
import io.ottla.wire.Uuid;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.function.IntFunction;
import org.apache.ratis.proto.RaftProtos.AppendEntriesRequestProto;
import org.apache.ratis.proto.RaftProtos.InstallSnapshotRequestProto;
import org.apache.ratis.proto.RaftProtos.RaftRpcRequestProto;
import org.apache.ratis.proto.RaftProtos.RequestVoteReplyProto;
import org.apache.ratis.proto.RaftProtos.RequestVoteRequestProto;
import org.apache.ratis.proto.RaftProtos.StartLeaderElectionRequestProto;
import org.apache.ratis.protocol.RaftPeerId;
import org.apache.ratis.server.protocol.RaftServerProtocol;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Serves what other voters send. Each sender has two lanes: one for entries and snapshots, which
 * wait for the disk, and one for elections, which must not wait for those.
 */
final class MessageServer {

  private static final Logger LOG = LoggerFactory.getLogger(MessageServer.class);

  private record LaneKey(int nodeId, boolean bulk) {}

  private final VoterLinks links;
  private final Executor executor;
  private final Path voteDirectory;
  private final IntFunction<Voter> voters;
  private final Map<LaneKey, MessageLane> lanes = new ConcurrentHashMap<>();
  private final Map<Integer, Uuid> toldOf = new ConcurrentHashMap<>();

  private volatile RaftServerProtocol server;

  /**
   * @param voters the configuration: a voter by its node id, or null
   * @param voteDirectory where Ratis keeps the vote
   */
  MessageServer(
      VoterLinks links, Executor executor, Path voteDirectory, IntFunction<Voter> voters) {
    this.links = links;
    this.executor = executor;
    this.voteDirectory = voteDirectory;
    this.voters = voters;
  }

  void serve(RaftServerProtocol started) {
    server = started;
  }

  void stop() {
    server = null;
  }

  /** Any thread; does not block. */
  CompletableFuture<byte[]> receive(int fromNodeId, byte[] bytes) {
    QuorumMessage message;
    try {
      message = QuorumMessage.decode(bytes);
    } catch (IllegalArgumentException e) {
      return CompletableFuture.failedFuture(
          new QuorumException("node " + fromNodeId + " sent " + e.getMessage(), e));
    }
    String objection = objection(fromNodeId, message);
    if (objection != null) {
      return CompletableFuture.completedFuture(refusal(objection));
    }
    CompletableFuture<byte[]> answer = new CompletableFuture<>();
    MessageLane lane =
        lanes.computeIfAbsent(
            new LaneKey(fromNodeId, message.kind().isBulk()), _ -> new MessageLane(executor));
    if (!lane.offer(() -> answer.complete(handle(fromNodeId, message)))) {
      answer.complete(refusal("too many messages of node " + fromNodeId + " are waiting"));
    }
    return answer;
  }

  /** Null if it may be served. */
  private String objection(int fromNodeId, QuorumMessage message) {
    Uuid own = links.self().directoryId();
    if (VoterLinks.isAnother(message.to(), own)) {
      return tellOnce(
          links.self().nodeId(), VoterLinks.another(links.self().nodeId(), message.to(), own), own);
    }
    Voter from = voters.apply(fromNodeId);
    if (from != null && VoterLinks.isAnother(from.directoryId(), message.from())) {
      return tellOnce(
          fromNodeId,
          VoterLinks.another(fromNodeId, from.directoryId(), message.from()),
          message.from());
    }
    return null;
  }

  private String tellOnce(int nodeId, String objection, Uuid directoryId) {
    if (!directoryId.equals(toldOf.put(nodeId, directoryId))) {
      LOG.error("A message of the metadata quorum is refused: {}", objection);
    }
    return objection;
  }

  private byte[] refusal(String why) {
    return Answer.refusal(links.self().directoryId(), why).encode();
  }

  private byte[] handle(int fromNodeId, QuorumMessage message) {
    RaftServerProtocol serving = server;
    if (serving == null) {
      return refusal(
          "node "
              + links.self().nodeId()
              + " is not ready, or was removed and has to be restarted to vote again");
    }
    try {
      byte[] reply =
          switch (message.kind()) {
            case VOTE -> vote(serving, fromNodeId, message);
            case APPEND -> append(serving, fromNodeId, message);
            case SNAPSHOT -> snapshot(serving, fromNodeId, message);
            case ELECT -> elect(serving, fromNodeId, message);
          };
      links.hear(new Voter(fromNodeId, message.from(), message.fromAddress()));
      return new Answer(true, links.self().directoryId(), reply).encode();
    } catch (IOException | RuntimeException | Error e) {
      LOG.debug("A {} of node {} cannot be carried out", message.kind(), fromNodeId, e);
      return refusal(e.toString());
    }
  }

  private byte[] vote(RaftServerProtocol serving, int from, QuorumMessage message)
      throws IOException {
    RequestVoteRequestProto request = RequestVoteRequestProto.parseFrom(message.body());
    checkSender(request.getServerRequest(), from, Kind.VOTE);
    RequestVoteReplyProto reply = serving.requestVote(request);
    if (reply.getServerReply().getSuccess() && !request.getPreVote()) {
      // A vote must not be forgotten in a power loss, and Ratis forces the file but not its name.
      Directories.force(voteDirectory);
    }
    return reply.toByteArray();
  }

  private static byte[] append(RaftServerProtocol serving, int from, QuorumMessage message)
      throws IOException {
    AppendEntriesRequestProto request = AppendEntriesRequestProto.parseFrom(message.body());
    checkSender(request.getServerRequest(), from, Kind.APPEND);
    return serving.appendEntries(withProvenCommit(request)).toByteArray();
  }

  /**
   * Entries from the beginning of the log prove no more than themselves. Ratis (3.3.0) takes one
   * entry more for proven then: a heartbeat would commit whatever a deposed leader had left at
   * index 0, and this voter would never agree with the others again.
   */
  static AppendEntriesRequestProto withProvenCommit(AppendEntriesRequestProto request) {
    long proven = request.getEntriesCount() - 1L;
    if (request.hasPreviousLog() || request.getLeaderCommit() <= proven) {
      return request;
    }
    return request.toBuilder().setLeaderCommit(proven).build();
  }

  private static byte[] snapshot(RaftServerProtocol serving, int from, QuorumMessage message)
      throws IOException {
    InstallSnapshotRequestProto request = InstallSnapshotRequestProto.parseFrom(message.body());
    checkSender(request.getServerRequest(), from, Kind.SNAPSHOT);
    return serving.installSnapshot(request).toByteArray();
  }

  private static byte[] elect(RaftServerProtocol serving, int from, QuorumMessage message)
      throws IOException {
    StartLeaderElectionRequestProto request =
        StartLeaderElectionRequestProto.parseFrom(message.body());
    checkSender(request.getServerRequest(), from, Kind.ELECT);
    return serving.startLeaderElection(request).toByteArray();
  }

  private static void checkSender(RaftRpcRequestProto request, int fromNodeId, Kind kind)
      throws IOException {
    if (!RaftPeerId.valueOf(request.getRequestorId()).equals(RaftPeers.id(fromNodeId))) {
      throw new IOException("node " + fromNodeId + " sent a " + kind + " in another's name");
    }
  }
}
