package io.ottla.broker.peer;

import io.ottla.broker.tls.TlsContext;
import io.ottla.metadata.config.HostPort;
import io.ottla.metadata.feed.FeedSource;
import io.ottla.wire.ApiKey;
import io.ottla.wire.message.FetchMetadataRequest;
import io.ottla.wire.message.FetchMetadataResponse;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/**
 * The feed of one controller, whichever it is; after a failure, of the next one. A socket of its
 * own, because answers take long. Used by one follower, which asks one thing at a time.
 */
public final class NetworkFeedSource implements FeedSource, AutoCloseable {

  /** An answer may take so much longer than the feed was told to wait. */
  private static final long MARGIN_MS = 2_000;

  private final PeerLinks links;
  private final Optional<TlsContext> tls;
  private final PeerSettings settings;
  private final ControllerLocations locations;

  private final Map<HostPort, PeerLink> connections = new HashMap<>();
  private int failures;

  /**
   * @param tls of the controllers' listener
   */
  public NetworkFeedSource(
      PeerLinks links,
      Optional<TlsContext> tls,
      PeerSettings settings,
      ControllerLocations locations) {
    this.links = links;
    this.tls = tls;
    this.settings = settings;
    this.locations = locations;
  }

  @Override
  public CompletableFuture<FetchMetadataResponse> fetch(FetchMetadataRequest request) {
    PeerLink connection = connection();
    if (connection == null) {
      return CompletableFuture.failedFuture(
          new PeerException(PeerException.Reason.UNREACHABLE, "No controller is known."));
    }
    return connection
        .send(ApiKey.FETCH_METADATA, request, request.maxWaitMs() + MARGIN_MS)
        .thenApply(answer -> (FetchMetadataResponse) answer.message())
        .whenComplete(
            (_, failure) -> {
              if (failure != null) {
                turnToTheNext();
              }
            });
  }

  private synchronized PeerLink connection() {
    List<ControllerLocations.Location> controllers = locations.controllers();
    if (controllers.isEmpty()) {
      return null;
    }
    ControllerLocations.Location chosen =
        controllers.get(Math.floorMod(failures, controllers.size()));
    return connections.computeIfAbsent(chosen.address(), _ -> connect(chosen));
  }

  private PeerLink connect(ControllerLocations.Location controller) {
    String who = controller.id() < 0 ? "A controller" : "Controller " + controller.id();
    HostPort address = controller.address();
    return links.connect(
        new PeerAddress(who + " (for metadata)", address.host(), address.port()), tls, settings);
  }

  private synchronized void turnToTheNext() {
    failures++;
  }

  @Override
  public synchronized void close() {
    connections.values().forEach(PeerLink::close);
    connections.clear();
  }
}
