package io.ottla.metadata.quorum;

import org.apache.ratis.conf.Parameters;
import org.apache.ratis.rpc.RpcFactory;
import org.apache.ratis.rpc.RpcType;
import org.apache.ratis.server.RaftServer;
import org.apache.ratis.server.RaftServerRpc;
import org.apache.ratis.server.ServerFactory;
import org.apache.ratis.server.leader.FollowerInfo;
import org.apache.ratis.server.leader.LeaderState;
import org.apache.ratis.server.leader.LogAppender;

/**
 * Ratis' messages over a {@link QuorumTransport}: the broker's network carries them, and Ratis
 * opens no socket.
 *
 * <p>Public with a public constructor because Ratis makes it from its class name.
 */
public final class QuorumRpcType implements RpcType {

  private static final String RPC = "ottla.quorum.rpc";
  private static final String APPENDERS = "ottla.quorum.appenders";

  @Override
  public String name() {
    return "QUORUM";
  }

  /** How what belongs to one node gets through Ratis to the factory below. */
  static Parameters parameters(QuorumRpc rpc, LogAppenders appenders) {
    Parameters parameters = new Parameters();
    parameters.put(RPC, rpc, QuorumRpc.class);
    parameters.put(APPENDERS, appenders, LogAppenders.class);
    return parameters;
  }

  @Override
  public RpcFactory newFactory(Parameters parameters) {
    return new Factory(
        this,
        parameters.getNonNull(RPC, QuorumRpc.class),
        parameters.getNonNull(APPENDERS, LogAppenders.class));
  }

  private record Factory(RpcType type, QuorumRpc rpc, LogAppenders appenders)
      implements ServerFactory {

    @Override
    public LogAppender newLogAppender(
        RaftServer.Division division, LeaderState leader, FollowerInfo follower) {
      return appenders.add(ServerFactory.super.newLogAppender(division, leader, follower));
    }

    @Override
    public RaftServerRpc newRaftServerRpc(RaftServer server) {
      return rpc;
    }

    @Override
    public RpcType getRpcType() {
      return type;
    }
  }
}
