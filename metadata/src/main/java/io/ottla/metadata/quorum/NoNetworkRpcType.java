package io.ottla.metadata.quorum;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.Collection;
import org.apache.ratis.conf.Parameters;
import org.apache.ratis.proto.RaftProtos.AppendEntriesReplyProto;
import org.apache.ratis.proto.RaftProtos.AppendEntriesRequestProto;
import org.apache.ratis.proto.RaftProtos.InstallSnapshotReplyProto;
import org.apache.ratis.proto.RaftProtos.InstallSnapshotRequestProto;
import org.apache.ratis.proto.RaftProtos.RequestVoteReplyProto;
import org.apache.ratis.proto.RaftProtos.RequestVoteRequestProto;
import org.apache.ratis.proto.RaftProtos.StartLeaderElectionReplyProto;
import org.apache.ratis.proto.RaftProtos.StartLeaderElectionRequestProto;
import org.apache.ratis.protocol.RaftPeer;
import org.apache.ratis.protocol.RaftPeerId;
import org.apache.ratis.rpc.RpcFactory;
import org.apache.ratis.rpc.RpcType;
import org.apache.ratis.server.RaftServer;
import org.apache.ratis.server.RaftServerRpc;
import org.apache.ratis.server.ServerFactory;

/**
 * The transport of a group of one: none. No socket listens, no network library is loaded; whatever
 * would leave the process is refused, because there is nobody to send it to.
 *
 * <p>Public with a public constructor because Ratis makes it from its class name.
 */
public final class NoNetworkRpcType implements RpcType {

  @Override
  public String name() {
    return "NONE";
  }

  @Override
  public RpcFactory newFactory(Parameters parameters) {
    return new Factory(this);
  }

  private record Factory(RpcType type) implements ServerFactory {

    @Override
    public RaftServerRpc newRaftServerRpc(RaftServer server) {
      return new Rpc(type, server);
    }

    @Override
    public RpcType getRpcType() {
      return type;
    }
  }

  private record Rpc(RpcType type, RaftServer server) implements RaftServerRpc {

    /** Where nothing listens: the address of a peer must be there, but nobody dials it. */
    private static final InetSocketAddress NOWHERE =
        InetSocketAddress.createUnresolved("localhost", 0);

    @Override
    public RpcType getRpcType() {
      return type;
    }

    @Override
    public void start() {}

    @Override
    public void close() {}

    @Override
    public InetSocketAddress getInetSocketAddress() {
      return NOWHERE;
    }

    @Override
    public void addRaftPeers(Collection<RaftPeer> peers) {
      for (RaftPeer peer : peers) {
        if (!peer.getId().equals(server.getId())) {
          throw new IllegalArgumentException("a group of one cannot have the peer " + peer);
        }
      }
    }

    @Override
    public void handleException(RaftPeerId peer, Exception e, boolean reconnect) {}

    @Override
    public RequestVoteReplyProto requestVote(RequestVoteRequestProto request) throws IOException {
      throw noNetwork();
    }

    @Override
    public AppendEntriesReplyProto appendEntries(AppendEntriesRequestProto request)
        throws IOException {
      throw noNetwork();
    }

    @Override
    public InstallSnapshotReplyProto installSnapshot(InstallSnapshotRequestProto request)
        throws IOException {
      throw noNetwork();
    }

    @Override
    public StartLeaderElectionReplyProto startLeaderElection(
        StartLeaderElectionRequestProto request) throws IOException {
      throw noNetwork();
    }

    private static IOException noNetwork() {
      return new IOException("this group of one has no network");
    }
  }
}
