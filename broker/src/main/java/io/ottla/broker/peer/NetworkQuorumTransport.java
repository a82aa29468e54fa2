package io.ottla.broker.peer;

import io.ottla.broker.tls.TlsContext;
import io.ottla.metadata.config.HostPort;
import io.ottla.metadata.quorum.QuorumTransport;
import io.ottla.replication.PeerAnswer;
import io.ottla.wire.ApiKey;
import io.ottla.wire.ApiMessage;
import io.ottla.wire.ErrorCode;
import io.ottla.wire.message.QuorumMessageRequest;
import io.ottla.wire.message.QuorumMessageResponse;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;

/**
 * Carries the quorum's messages over one connection to each other voter, in order. A voter that is
 * down fails its messages at once, and is tried again with the next message after at most 50 ms.
 * Any thread.
 */
public final class NetworkQuorumTransport implements QuorumTransport, AutoCloseable {

  private record Voter(HostPort address, PeerLink connection) {}

  private final String clusterId;
  private final int nodeId;
  private final PeerLinks links;
  private final Optional<TlsContext> tls;
  private final PeerSettings settings;
  private final ConcurrentMap<Integer, Voter> voters = new ConcurrentHashMap<>();

  /**
   * @param clusterId the only cluster this node has to do with
   * @param tls of the controllers' listener
   */
  public NetworkQuorumTransport(
      String clusterId,
      int nodeId,
      PeerLinks links,
      Optional<TlsContext> tls,
      PeerSettings settings) {
    this.clusterId = clusterId;
    this.nodeId = nodeId;
    this.links = links;
    this.tls = tls;
    this.settings = settings;
  }

  @Override
  public CompletableFuture<byte[]> send(
      int toNodeId, HostPort address, byte[] message, long timeoutMs) {
    QuorumMessageRequest request =
        new QuorumMessageRequest()
            .clusterId(clusterId)
            .fromNodeId(nodeId)
            .toNodeId(toNodeId)
            .body(message);
    return connection(toNodeId, address)
        .send(ApiKey.QUORUM_MESSAGE, request, timeoutMs)
        .thenApply(answer -> body(answer));
  }

  private static byte[] body(PeerAnswer<ApiMessage> answer) {
    QuorumMessageResponse response = (QuorumMessageResponse) answer.message();
    ErrorCode error = ErrorCode.forCode(response.errorCode());
    if (error == ErrorCode.NONE) {
      return response.body();
    }
    String text = response.errorMessage() == null ? error.message() : response.errorMessage();
    throw new CompletionException(
        new PeerException(PeerException.Reason.UNREACHABLE, error + ": " + text));
  }

  private PeerLink connection(int toNodeId, HostPort address) {
    Voter known = voters.get(toNodeId);
    if (known != null && known.address.equals(address)) {
      return known.connection;
    }
    return voters.compute(toNodeId, (_, before) -> replace(toNodeId, address, before)).connection;
  }

  private Voter replace(int toNodeId, HostPort address, Voter before) {
    if (before != null && before.address.equals(address)) {
      return before;
    }
    if (before != null) {
      before.connection.close();
    }
    PeerAddress peer = new PeerAddress("Voter " + toNodeId, address.host(), address.port());
    return new Voter(address, links.connect(peer, tls, settings));
  }

  @Override
  public void close() {
    voters.values().forEach(voter -> voter.connection.close());
  }
}
