package io.ottla.broker;

import io.ottla.broker.config.BrokerConfig;
import io.ottla.broker.controller.ActiveController;
import io.ottla.broker.controller.FollowerProgress;
import io.ottla.broker.peer.Forwarding;
import io.ottla.broker.peer.LocalController;
import io.ottla.broker.peer.NetworkControllerChannel;
import io.ottla.broker.peer.NetworkFeedSource;
import io.ottla.broker.peer.PeerLinks;
import io.ottla.broker.peer.PeerSettings;
import io.ottla.metadata.controller.Controller;
import io.ottla.metadata.controller.ControllerException;
import io.ottla.metadata.controller.ControllerStateMachine;
import io.ottla.metadata.feed.FeedSource;
import io.ottla.metadata.quorum.QuorumState;
import io.ottla.metadata.quorum.Voter;
import io.ottla.runtime.Clock;
import io.ottla.wire.ErrorCode;
import io.ottla.wire.Uuid;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;

/**
 * This node's part in the cluster: who it is, where its metadata comes from, and its way to the
 * active controller. Made, started and closed by the node's main thread.
 */
final class ClusterAccess {

  private static final long FORWARD_TIMEOUT_MS = 30_000;

  private final NodeIdentity identity;
  private final MetadataSource source;
  private final Optional<ControllerRole> controllerRole;
  private final NetworkControllerChannel channel;
  private final Controller controller;
  private final FollowerProgress followers;
  private final Forwarding forwarding;

  /**
   * @param controllers where they are; learns from the metadata
   * @param feed of the controllers, as {@link #feed} makes it
   * @param vote of a node with the controller's role
   * @param onFailure told when this node has lost touch with the metadata, and must stop
   */
  ClusterAccess(
      BrokerConfig config,
      NodeIdentity identity,
      KnownControllers controllers,
      FeedSource feed,
      Optional<Vote> vote,
      ClusterConfigRules rules,
      PeerLinks peers,
      NodeThreads threads,
      Chance chance,
      Clock clock,
      Consumer<Throwable> onFailure) {
    this.identity = identity;
    this.followers = new FollowerProgress(clock);
    this.controllerRole =
        vote.map(
            its ->
                new ControllerRole(
                    config, identity.clusterId(), its, feed, rules, threads, chance, onFailure));
    if (controllerRole.isPresent()) {
      ControllerRole role = controllerRole.get();
      controllers.follow(role::quorumState);
      this.source = role;
      this.controller = role.controller();
    } else {
      this.source =
          new MetadataFollower(identity.nodeId(), identity.clusterId(), feed, threads, onFailure);
      this.controller =
          ControllerRole.controller(
              config,
              Map.of(),
              new AbsentQuorum(),
              new ControllerStateMachine(identity.clusterId(), source.publication()),
              source.publication(),
              rules,
              threads,
              chance);
    }
    this.channel =
        new NetworkControllerChannel(
            identity.nodeId(),
            peers,
            config.tls().toControllers(),
            toControllers(config),
            controllers,
            controllerRole
                .<LocalController>map(role -> new ActiveController(role.controller()))
                .orElse(LocalController.NONE),
            clock);
    this.forwarding =
        new Forwarding(channel, source.publication()::whenReached, FORWARD_TIMEOUT_MS);
  }

  /** The controllers' feed, which also tells where they are. */
  static FeedSource feed(BrokerConfig config, KnownControllers controllers, PeerLinks peers) {
    return controllers.listeningTo(
        new NetworkFeedSource(
            peers, config.tls().toControllers(), toControllers(config), controllers));
  }

  private static PeerSettings toControllers(BrokerConfig config) {
    return PeerSettings.controllers(config.sockets().connectionsMaxIdleMs());
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
