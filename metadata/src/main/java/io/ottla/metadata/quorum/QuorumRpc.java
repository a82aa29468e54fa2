package io.ottla.metadata.quorum;

import io.ottla.metadata.quorum.QuorumMessage.Kind;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.Collection;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.apache.ratis.proto.RaftProtos.AppendEntriesReplyProto;
import org.apache.ratis.proto.RaftProtos.AppendEntriesReplyProto.AppendResult;
import org.apache.ratis.proto.RaftProtos.AppendEntriesRequestProto;
import org.apache.ratis.proto.RaftProtos.InstallSnapshotReplyProto;
import org.apache.ratis.proto.RaftProtos.InstallSnapshotRequestProto;
import org.apache.ratis.proto.RaftProtos.RaftRpcRequestProto;
import org.apache.ratis.proto.RaftProtos.RequestVoteReplyProto;
import org.apache.ratis.proto.RaftProtos.RequestVoteRequestProto;
import org.apache.ratis.proto.RaftProtos.StartLeaderElectionReplyProto;
import org.apache.ratis.proto.RaftProtos.StartLeaderElectionRequestProto;
import org.apache.ratis.protocol.RaftGroupId;
import org.apache.ratis.protocol.RaftPeer;
import org.apache.ratis.protocol.RaftPeerId;
import org.apache.ratis.rpc.RpcType;
import org.apache.ratis.server.RaftServerRpc;
import org.apache.ratis.util.TimeDuration;

/**
 * What Ratis sends to other voters. Each call blocks one of Ratis' threads until the answer comes,
 * or the time is up.
 */
final class QuorumRpc implements RaftServerRpc {

  /** Where nothing listens: Ratis wants an address of its server, but nobody dials it. */
  private static final InetSocketAddress NOWHERE =
      InetSocketAddress.createUnresolved("localhost", 0);

  /** Writing one chunk, or reading a whole snapshot after the last. */
  private static final long SNAPSHOT_TIMEOUT_MS = 15_000;

  /** So often in a row a voter may say that the entries do not fit: it takes some to find where. */
  private static final int PATIENCE = 20;

  private static final TimeDuration PAUSE = TimeDuration.valueOf(100, TimeUnit.MILLISECONDS);

  private final Map<Integer, Integer> disagreements = new ConcurrentHashMap<>();
  private final VoterLinks links;
  private final VoterProgress progress;
  private final QuorumTimeouts timeouts;
  private final Path voteDirectory;
  private final LongSupplier ownEndOffset;

  /**
   * @param voteDirectory where Ratis keeps the vote
   * @param ownEndOffset the index after this node's last entry
   */
  QuorumRpc(
      VoterLinks links,
      VoterProgress progress,
      QuorumTimeouts timeouts,
      Path voteDirectory,
      LongSupplier ownEndOffset) {
    this.links = links;
    this.progress = progress;
    this.timeouts = timeouts;
    this.voteDirectory = voteDirectory;
    this.ownEndOffset = ownEndOffset;
  }

  @Override
  public RequestVoteReplyProto requestVote(RequestVoteRequestProto request) throws IOException {
    if (!request.getPreVote()) {
      // Ratis has renamed the file with the vote for itself, but not made the name durable.
      Directories.force(voteDirectory);
    }
    RequestVoteReplyProto reply =
        RequestVoteReplyProto.parseFrom(
            exchange(
                request.getServerRequest(),
                Kind.VOTE,
                request.toByteArray(),
                timeouts.electionMaxMs()));
    // Said to whoever is no voter any more. Ratis would end its log, but it may be added again.
    return reply.getShouldShutdown() ? reply.toBuilder().setShouldShutdown(false).build() : reply;
  }

  @Override
  public AppendEntriesReplyProto appendEntries(AppendEntriesRequestProto request)
      throws IOException {
    long sentMs = progress.nowMs();
    long ownEnd = ownEndOffset.getAsLong();
    AppendEntriesReplyProto reply =
        AppendEntriesReplyProto.parseFrom(
            exchange(
                request.getServerRequest(),
                Kind.APPEND,
                request.toByteArray(),
                timeouts.requestMs()));
    int voter = nodeId(request.getServerRequest());
    if (reply.getResult() == AppendResult.INCONSISTENCY) {
      if (disagreements.merge(voter, 1, Integer::sum) > PATIENCE) {
        pause();
      }
    } else {
      disagreements.remove(voter);
    }
    if (reply.getResult() == AppendResult.SUCCESS) {
      progress.answered(
          voter, sentMs, ownEnd, Math.min(reply.getNextIndex(), ownEndOffset.getAsLong()));
    }
    return reply;
  }

  @Override
  public InstallSnapshotReplyProto installSnapshot(InstallSnapshotRequestProto request)
      throws IOException {
    try {
      return InstallSnapshotReplyProto.parseFrom(
          exchange(
              request.getServerRequest(),
              Kind.SNAPSHOT,
              request.toByteArray(),
              SNAPSHOT_TIMEOUT_MS));
    } catch (InterruptedIOException e) {
      throw e;
    } catch (IOException e) {
      pause();
      throw e;
    }
  }

  /** Ratis tries again at once, thousands of times a second, where a voter cannot follow. */
  private static void pause() throws InterruptedIOException {
    try {
      PAUSE.sleep();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw (InterruptedIOException) new InterruptedIOException("stopped").initCause(e);
    }
  }

  @Override
  public StartLeaderElectionReplyProto startLeaderElection(StartLeaderElectionRequestProto request)
      throws IOException {
    return StartLeaderElectionReplyProto.parseFrom(
        exchange(
            request.getServerRequest(),
            Kind.ELECT,
            request.toByteArray(),
            timeouts.electionMaxMs()));
  }

  private byte[] exchange(RaftRpcRequestProto request, Kind kind, byte[] body, long timeoutMs)
      throws IOException {
    return links.exchange(nodeId(request), kind, body, timeoutMs);
  }

  private static int nodeId(RaftRpcRequestProto request) {
    return RaftPeers.nodeId(RaftPeerId.valueOf(request.getReplyId()));
  }

  @Override
  public void addRaftPeers(Collection<RaftPeer> peers) {
    peers.forEach(peer -> links.know(RaftPeers.voter(peer)));
  }

  @Override
  public void handleException(RaftPeerId peer, Exception e, boolean reconnect) {
    // Connections are the transport's affair.
  }

  @Override
  public void notifyNotLeader(RaftGroupId groupId) {
    progress.forget();
  }

  @Override
  public RpcType getRpcType() {
    return new QuorumRpcType();
  }

  @Override
  public InetSocketAddress getInetSocketAddress() {
    return NOWHERE;
  }

  @Override
  public void start() {}

  @Override
  public void close() {}
}
