package io.ottla.broker.peer;

import io.ottla.broker.tls.TlsContext;
import io.ottla.replication.LeaderConnection;
import io.ottla.replication.LeaderConnections;
import io.ottla.replication.PeerAnswer;
import io.ottla.wire.ApiKey;
import io.ottla.wire.ApiMessage;
import io.ottla.wire.message.FetchRequest;
import io.ottla.wire.message.FetchResponse;
import io.ottla.wire.message.ListOffsetsRequest;
import io.ottla.wire.message.ListOffsetsResponse;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/** Replica fetchers' connections, each a socket of its own. Any thread. */
public final class NetworkLeaderConnections implements LeaderConnections {

  private final PeerLinks links;
  private final Optional<TlsContext> tls;
  private final PeerSettings settings;
  private final long timeoutMs;

  /**
   * @param tls of the inter-broker listener
   * @param timeoutMs after which a request without an answer fails ({@code
   *     replica.socket.timeout.ms}); longer than a fetch may wait for data
   */
  public NetworkLeaderConnections(
      PeerLinks links, Optional<TlsContext> tls, PeerSettings settings, long timeoutMs) {
    this.links = links;
    this.tls = tls;
    this.settings = settings;
    this.timeoutMs = timeoutMs;
  }

  @Override
  public LeaderConnection connect(int brokerId, String host, int port, int fetcherId) {
    String name = "Broker " + brokerId + " (for fetcher " + fetcherId + ")";
    return new Connected(links.connect(new PeerAddress(name, host, port), tls, settings));
  }

  private final class Connected implements LeaderConnection {

    private final PeerLink connection;

    Connected(PeerLink connection) {
      this.connection = connection;
    }

    @Override
    public CompletableFuture<PeerAnswer<FetchResponse>> fetch(FetchRequest request) {
      return send(ApiKey.FETCH, request, FetchResponse.class);
    }

    @Override
    public CompletableFuture<PeerAnswer<ListOffsetsResponse>> listOffsets(
        ListOffsetsRequest request) {
      return send(ApiKey.LIST_OFFSETS, request, ListOffsetsResponse.class);
    }

    /** The typed answer fails to be taken if its future was ended before: then nobody looks. */
    private <R> CompletableFuture<PeerAnswer<R>> send(
        ApiKey api, ApiMessage request, Class<R> type) {
      CompletableFuture<PeerAnswer<R>> typed = new CompletableFuture<>();
      var _ =
          connection
              .send(api, request, timeoutMs)
              .whenComplete(
                  (answer, failure) -> {
                    if (failure != null) {
                      typed.completeExceptionally(failure);
                    } else if (!typed.complete(
                        new PeerAnswer<>(type.cast(answer.message()), answer.release()))) {
                      answer.release().run();
                    }
                  });
      return typed;
    }

    @Override
    public void close() {
      connection.close();
    }
  }
}
