package io.ottla.broker;

import io.ottla.broker.config.BrokerConfig;
import io.ottla.broker.controller.ActiveController;
import io.ottla.broker.controller.FollowerProgress;
import io.ottla.broker.net.Network;
import io.ottla.broker.peer.ControllerLocations.Location;
import io.ottla.broker.peer.Forwarding;
import io.ottla.broker.peer.LocalController;
import io.ottla.broker.peer.NetworkBrokerProbe;
import io.ottla.broker.peer.NetworkControllerChannel;
import io.ottla.broker.peer.NetworkFeedSource;
import io.ottla.broker.peer.NetworkQuorumTransport;
import io.ottla.broker.peer.PeerLinks;
import io.ottla.broker.peer.PeerSettings;
import io.ottla.broker.storage.ClusterQuestion;
import io.ottla.broker.storage.QuorumPlacement;
import io.ottla.metadata.controller.Controller;
import io.ottla.metadata.controller.ControllerException;
import io.ottla.metadata.controller.ControllerStateMachine;
import io.ottla.metadata.feed.FeedSource;
import io.ottla.metadata.quorum.MetadataStorage;
import io.ottla.metadata.quorum.QuorumPlace;
import io.ottla.metadata.quorum.QuorumState;
import io.ottla.metadata.quorum.Voter;
import io.ottla.metadata.takeover.Takeover;
import io.ottla.runtime.Clock;
import io.ottla.wire.ErrorCode;
import io.ottla.wire.Uuid;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import java.util.stream.Stream;

/**
 * This node's part in the cluster: who it is, where its metadata comes from, and its way to the
 * active controller. Made, started and closed by the node's main thread.
 */
final class ClusterAccess {

  private static final long FORWARD_TIMEOUT_MS = 30_000;

  /** So long a broker that was not formatted waits for a controller that says where it belongs. */
  private static final long CONTROLLER_PATIENCE_MS = 60_000;

  private final NodeIdentity identity;
  private final MetadataSource source;
  private final Optional<ControllerRole> controllerRole;
  private final NetworkControllerChannel channel;
  private final Controller controller;
  private final FollowerProgress followers;
  private final Forwarding forwarding;

  /**
   * @param logDirs the log directories that can be used
   * @param onFailure told when this node has lost touch with the metadata, and must stop
   */
  ClusterAccess(
      BrokerConfig config,
      List<Path> logDirs,
      ClusterConfigRules rules,
      Network network,
      PeerLinks peers,
      NodeThreads threads,
      Clock clock,
      Consumer<Throwable> onFailure) {
    int nodeId = config.node().nodeId();
    KnownControllers controllers = new KnownControllers(configured(config));
    PeerSettings settings = PeerSettings.controllers(config.sockets().connectionsMaxIdleMs());
    FeedSource feed =
        controllers.listeningTo(
            new NetworkFeedSource(peers, config.tls().toControllers(), settings, controllers));
    QuorumPlace place = QuorumPlacement.place(config);
    Optional<Takeover> takeover =
        Takeover.find(
            config.logDirs().metadataDir(),
            nodeId,
            config.node().isBroker() && place.equals(QuorumPlace.ALONE));
    MetadataStorage storage =
        MetadataStorage.open(
            new MetadataStorage.Settings(
                nodeId, null, logDirs, config.logDirs().metadataDir(), place, takeover.isPresent()),
            Uuid::random,
            new ClusterQuestion(feed, clock, CONTROLLER_PATIENCE_MS)::ask);
    this.identity = new NodeIdentity(nodeId, storage.clusterId(), storage.directoryIds());
    this.followers = new FollowerProgress(clock);
    if (config.node().isController()) {
      ControllerRole role =
          new ControllerRole(
              config,
              storage,
              QuorumPlacement.settings(config, storage),
              new NetworkQuorumTransport(
                  storage.clusterId(),
                  nodeId,
                  peers,
                  config.tls().toControllers(),
                  PeerSettings.quorum(config.sockets().connectionsMaxIdleMs())),
              feed,
              rules,
              threads,
              clock,
              onFailure);
      role.controller()
          .probeWith(
              new NetworkBrokerProbe(
                  network, threads.workers(), config.listeners().interBrokerListener()));
      takeover.ifPresent(role.controller()::succeed);
      controllers.follow(role::quorumState);
      this.controllerRole = Optional.of(role);
      this.source = role;
      this.controller = role.controller();
    } else {
      this.controllerRole = Optional.empty();
      this.source = new MetadataFollower(nodeId, storage.clusterId(), feed, threads, onFailure);
      this.controller =
          ControllerRole.controller(
              config,
              Map.of(),
              new AbsentQuorum(),
              new ControllerStateMachine(storage.clusterId(), source.publication()),
              source.publication(),
              rules,
              threads);
    }
    this.channel =
        new NetworkControllerChannel(
            nodeId,
            peers,
            config.tls().toControllers(),
            settings,
            controllers,
            controllerRole
                .<LocalController>map(role -> new ActiveController(role.controller()))
                .orElse(LocalController.NONE),
            clock);
    this.forwarding =
        new Forwarding(channel, source.publication()::whenReached, FORWARD_TIMEOUT_MS);
  }

  private static List<Location> configured(BrokerConfig config) {
    Stream<Location> voters =
        config.quorum().voters().stream().map(voter -> new Location(voter.id(), voter.address()));
    Stream<Location> servers =
        config.quorum().bootstrapServers().stream().map(server -> new Location(-1, server));
    return Stream.concat(voters, servers).toList();
  }

  NodeIdentity identity() {
    return identity;
  }

  MetadataSource source() {
    return source;
  }

  Optional<ControllerRole> controllerRole() {
    return controllerRole;
  }

  /** Takes requests of clients to the active controller. */
  Forwarding forwarding() {
    return forwarding;
  }

  /** Of this node; of one that does not vote it is never the active one. */
  Controller controller() {
    return controller;
  }

  /** What this node knows of the quorum. */
  QuorumState quorumState() {
    return controllerRole.map(ControllerRole::quorumState).orElse(QuorumState.UNKNOWN);
  }

  CompletableFuture<Void> addVoter(Voter voter) {
    return role().quorum().addVoter(voter);
  }

  CompletableFuture<Void> removeVoter(int nodeId, Uuid directoryId) {
    return role().quorum().removeVoter(nodeId, directoryId);
  }

  private ControllerRole role() {
    return controllerRole.orElseThrow(
        () ->
            new ControllerException(ErrorCode.NOT_CONTROLLER, ErrorCode.NOT_CONTROLLER.message()));
  }

  /** How far those are who follow this node's feed. */
  FollowerProgress followers() {
    return followers;
  }

  NetworkControllerChannel channel() {
    return channel;
  }
}
