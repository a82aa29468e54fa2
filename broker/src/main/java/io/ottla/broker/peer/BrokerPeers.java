package io.ottla.broker.peer;

import io.ottla.broker.tls.TlsContext;
import io.ottla.metadata.image.BrokerImage;
import io.ottla.metadata.image.Endpoint;
import io.ottla.metadata.image.MetadataImage;
import io.ottla.wire.ApiKey;
import io.ottla.wire.ApiMessage;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;

/**
 * One connection to each of the other brokers, for what brokers ask each other besides replication:
 * where partitions end, what is part of a transaction, and how it ended. Any thread.
 *
 * <p>A broker that comes back at another address is met there: its old connection is closed.
 */
public final class BrokerPeers implements BrokerQuestions, AutoCloseable {

  private final PeerLinks links;
  private final Supplier<MetadataImage> image;
  private final String listener;
  private final Optional<TlsContext> tls;
  private final PeerSettings settings;
  private final Map<Integer, PeerLink> connections = new ConcurrentHashMap<>();

  /**
   * @param listener the one brokers reach each other by
   * @param tls of that listener
   */
  public BrokerPeers(
      PeerLinks links,
      Supplier<MetadataImage> image,
      String listener,
      Optional<TlsContext> tls,
      PeerSettings settings) {
    this.links = links;
    this.image = image;
    this.listener = listener;
    this.tls = tls;
    this.settings = settings;
  }

  /**
   * Asks a broker; not for answers with record bytes.
   *
   * @param timeoutMs for connecting, sending and the answer together
   * @return the answer; fails with a {@link PeerException}, also for a broker that is not in the
   *     metadata
   */
  @Override
  public CompletableFuture<ApiMessage> send(
      int brokerId, ApiKey api, ApiMessage request, long timeoutMs) {
    BrokerImage broker = image.get().broker(brokerId);
    Endpoint endpoint = broker == null ? null : broker.endpoint(listener);
    if (endpoint == null) {
      return CompletableFuture.failedFuture(
          new PeerException(
              PeerException.Reason.UNREACHABLE,
              "broker " + brokerId + " has no listener " + listener + " in the metadata"));
    }
    PeerAddress address = new PeerAddress("Broker " + brokerId, endpoint.host(), endpoint.port());
    return connections
        .compute(brokerId, (id, known) -> at(address, known))
        .send(api, request, timeoutMs)
        .thenApply(
            answer -> {
              answer.release().run();
              return answer.message();
            });
  }

  private PeerLink at(PeerAddress address, PeerLink known) {
    if (known != null && known.peer().equals(address)) {
      return known;
    }
    if (known != null) {
      known.close();
    }
    return links.connect(address, tls, settings);
  }

  /** Closes all connections: what is under way fails. */
  @Override
  public void close() {
    connections.values().forEach(PeerLink::close);
    connections.clear();
  }
}
