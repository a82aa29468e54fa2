package io.ottla.broker.peer;

import io.ottla.broker.peer.ControllerCall.Lane;
import io.ottla.broker.tls.TlsContext;
import io.ottla.metadata.config.HostPort;
import io.ottla.runtime.Clock;
import io.ottla.wire.ApiKey;
import io.ottla.wire.ApiMessage;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The way to the active controller: a call in this process when that is this node, else one of two
 * connections to each controller that is asked, so that a broker's heartbeats never wait behind
 * large requests. Any thread.
 */
public final class NetworkControllerChannel implements ControllerChannel {

  private record Key(HostPort address, Lane lane) {}

  private final int nodeId;
  private final PeerLinks links;
  private final Optional<TlsContext> tls;
  private final PeerSettings settings;
  private final ControllerLocations locations;
  private final LocalController local;
  private final WorkLoop loop;
  private final Clock clock;
  private final Map<Key, PeerLink> connections = new ConcurrentHashMap<>();

  /**
   * @param tls of the controllers' listener
   */
  public NetworkControllerChannel(
      int nodeId,
      PeerLinks links,
      Optional<TlsContext> tls,
      PeerSettings settings,
      ControllerLocations locations,
      LocalController local,
      Clock clock) {
    this.nodeId = nodeId;
    this.links = links;
    this.tls = tls;
    this.settings = settings;
    this.locations = locations;
    this.local = local;
    this.loop = links.loop();
    this.clock = clock;
  }

  @Override
  public CompletableFuture<ApiMessage> send(ApiKey api, ApiMessage request, long timeoutMs) {
    return ask(new BrokerCall(api, request, local), timeoutMs);
  }

  /** Has something done; the result comes on some thread and must not be waited for there. */
  <R> CompletableFuture<R> ask(ControllerCall<R> call, long timeoutMs) {
    ControllerSearch<R> search = new ControllerSearch<>(this, call, timeoutMs);
    return search.begin();
  }

  int nodeId() {
    return nodeId;
  }

  ControllerLocations locations() {
    return locations;
  }

  boolean isActiveHere() {
    return local.isActive();
  }

  WorkLoop loop() {
    return loop;
  }

  Clock clock() {
    return clock;
  }

  PeerLink connection(ControllerLocations.Location controller, Lane lane) {
    return connections.computeIfAbsent(
        new Key(controller.address(), lane),
        key -> {
          String who = controller.id() < 0 ? "A controller" : "Controller " + controller.id();
          String what = lane == Lane.URGENT ? " (for heartbeats)" : "";
          HostPort address = key.address;
          return links.connect(
              new PeerAddress(who + what, address.host(), address.port()), tls, settings);
        });
  }

  /** A broker's own request; all of them may be repeated without harm. */
  private record BrokerCall(ApiKey api, ApiMessage request, LocalController local)
      implements ControllerCall<ApiMessage> {

    private static final long ATTEMPT_MS = 2_000;

    @Override
    public Lane lane() {
      return switch (api) {
        case BROKER_HEARTBEAT, BROKER_REGISTRATION -> Lane.URGENT;
        default -> Lane.BULK;
      };
    }

    @Override
    public long attemptTimeoutMs() {
      return ATTEMPT_MS;
    }

    @Override
    public ApiMessage answered(ApiMessage response) {
      return response;
    }

    @Override
    public CompletableFuture<ApiMessage> doHere() {
      return local.call(api, request).thenApply(answer -> answer);
    }

    @Override
    public boolean isElsewhere(ApiMessage result) {
      return ControllerAnswers.isNotController(result);
    }
  }
}
