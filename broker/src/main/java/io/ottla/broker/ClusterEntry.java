package io.ottla.broker;

import io.ottla.broker.config.BrokerConfig;
import io.ottla.broker.net.Network;
import io.ottla.broker.peer.NetworkBrokerProbe;
import io.ottla.broker.peer.NetworkQuorumTransport;
import io.ottla.broker.peer.PeerLinks;
import io.ottla.broker.peer.PeerSettings;
import io.ottla.broker.storage.ClusterQuestion;
import io.ottla.broker.storage.QuorumPlacement;
import io.ottla.metadata.controller.CommandResult;
import io.ottla.metadata.controller.Predecessor;
import io.ottla.metadata.feed.FeedSource;
import io.ottla.metadata.quorum.MetadataStorage;
import io.ottla.metadata.quorum.QuorumException;
import io.ottla.metadata.quorum.QuorumPlace;
import io.ottla.metadata.quorum.QuorumStateMachine;
import io.ottla.metadata.quorum.RatisQuorum;
import io.ottla.metadata.takeover.Takeover;
import io.ottla.runtime.Clock;
import io.ottla.wire.Uuid;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;

/**
 * How a node comes to its part in the cluster: it opens its directories, and finds out by them and
 * by its configuration where it belongs. A controller gets its vote on Apache Ratis. Made by the
 * node's main thread.
 */
final class ClusterEntry {

  /** So long a broker that was not formatted waits for a controller that says where it belongs. */
  private static final long CONTROLLER_PATIENCE_MS = 60_000;

  private final ClusterAccess access;

  /** Null on a node without a vote. */
  private RatisQuorum<CommandResult> quorum;

  /**
   * @param logDirs the log directories that can be used
   * @param onFailure told when this node has lost touch with the metadata, and must stop
   */
  ClusterEntry(
      BrokerConfig config,
      List<Path> logDirs,
      ClusterConfigRules rules,
      Network network,
      PeerLinks peers,
      NodeThreads threads,
      Chance chance,
      Clock clock,
      Consumer<Throwable> onFailure) {
    int nodeId = config.node().nodeId();
    KnownControllers controllers = new KnownControllers(config.quorum());
    FeedSource feed = ClusterAccess.feed(config, controllers, peers);
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
    Optional<Vote> vote =
        config.node().isController()
            ? Optional.of(
                new Vote(
                    (machine, onEnd) -> log(config, storage, peers, threads, clock, machine, onEnd),
                    storage.firstFeatures(),
                    storage::markFormatted,
                    new NetworkBrokerProbe(
                        network, threads.workers(), config.listeners().interBrokerListener()),
                    takeover.<Predecessor>map(former -> former).orElse(Predecessor.NONE)))
            : Optional.empty();
    this.access =
        new ClusterAccess(
            config,
            new NodeIdentity(nodeId, storage.clusterId(), storage.directoryIds()),
            controllers,
            feed,
            vote,
            rules,
            peers,
            threads,
            chance,
            clock,
            onFailure);
  }

  private RatisQuorum<CommandResult> log(
      BrokerConfig config,
      MetadataStorage storage,
      PeerLinks peers,
      NodeThreads threads,
      Clock clock,
      QuorumStateMachine<CommandResult> stateMachine,
      Consumer<QuorumException> onEnd) {
    quorum =
        new RatisQuorum<>(
            QuorumPlacement.settings(config, storage),
            new NetworkQuorumTransport(
                storage.clusterId(),
                config.node().nodeId(),
                peers,
                config.tls().toControllers(),
                PeerSettings.quorum(config.sockets().connectionsMaxIdleMs())),
            stateMachine,
            threads.quorum(),
            threads.quorumMessages(),
            clock,
            onEnd);
    return quorum;
  }

  ClusterAccess access() {
    return access;
  }

  /** Takes a message of another voter; any thread, on a node with a vote. */
  CompletableFuture<byte[]> receive(int fromNodeId, byte[] message) {
    return quorum.receive(fromNodeId, message);
  }
}
