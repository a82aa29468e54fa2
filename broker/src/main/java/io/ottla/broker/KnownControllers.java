package io.ottla.broker;

import io.ottla.broker.config.QuorumConfig;
import io.ottla.broker.peer.ControllerLocations;
import io.ottla.metadata.config.HostPort;
import io.ottla.metadata.feed.FeedSource;
import io.ottla.metadata.quorum.QuorumState;
import io.ottla.wire.message.FetchMetadataResponse;
import java.util.List;
import java.util.function.Supplier;
import java.util.stream.Stream;

/** Where the controllers are: first as configured, then as they themselves say. Any thread. */
final class KnownControllers implements ControllerLocations {

  private record Known(int activeId, List<Location> controllers) {}

  private final List<Location> configured;
  private volatile Known heard;
  private volatile Supplier<QuorumState> quorum = () -> QuorumState.UNKNOWN;

  /** Begins with those the properties file names. */
  KnownControllers(QuorumConfig config) {
    Stream<Location> voters =
        config.voters().stream().map(voter -> new Location(voter.id(), voter.address()));
    Stream<Location> servers =
        config.bootstrapServers().stream().map(server -> new Location(-1, server));
    this.configured = Stream.concat(voters, servers).toList();
    this.heard = new Known(-1, this.configured);
  }

  /** A node that votes asks its own quorum. */
  void follow(Supplier<QuorumState> state) {
    quorum = state;
  }

  /** A node that does not vote hears it with its metadata. */
  FeedSource listeningTo(FeedSource source) {
    return request -> source.fetch(request).thenApply(this::hear);
  }

  private FetchMetadataResponse hear(FetchMetadataResponse response) {
    heard =
        known(
            response.leaderId(),
            response.controllers().stream()
                .map(
                    controller ->
                        new Location(
                            controller.nodeId(),
                            new HostPort(controller.host(), controller.port())))
                .toList());
    return response;
  }

  private Known known(int activeId, List<Location> controllers) {
    return new Known(activeId, controllers.isEmpty() ? configured : controllers);
  }

  /** A quorum that knows its leader knows best. */
  private Known known() {
    QuorumState state = quorum.get();
    return state.leaderId() < 0
        ? heard
        : known(
            state.leaderId(),
            state.voters().stream()
                .map(voter -> new Location(voter.nodeId(), voter.address()))
                .toList());
  }

  @Override
  public int activeId() {
    return known().activeId();
  }

  @Override
  public List<Location> controllers() {
    return known().controllers();
  }
}
