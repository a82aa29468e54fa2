package io.ottla.metadata.quorum;

import org.apache.ratis.conf.Parameters;
import org.apache.ratis.rpc.RpcFactory;
import org.apache.ratis.rpc.RpcType;
import org.apache.ratis.server.RaftServer;
import org.apache.ratis.server.RaftServerRpc;
import org.apache.ratis.server.ServerFactory;

/**
 * Ratis' messages over a {@link QuorumTransport}: the broker's network carries them, and Ratis
 * opens no socket.
 *
 * <p>Public with a public constructor because Ratis makes it from its class name.
 */
public final class QuorumRpcType implements RpcType {

  private static final String RPC = "ottla.quorum.rpc";

  @Override
  public String name() {
    return "QUORUM";
  }

  /** How the RPC of one node gets through Ratis to the factory below. */
  static Parameters parameters(QuorumRpc rpc) {
    Parameters parameters = new Parameters();
    parameters.put(RPC, rpc, QuorumRpc.class);
    return parameters;
  }

  @Override
  public RpcFactory newFactory(Parameters parameters) {
    return new Factory(this, parameters.getNonNull(RPC, QuorumRpc.class));
  }

  private record Factory(RpcType type, QuorumRpc rpc) implements ServerFactory {

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
