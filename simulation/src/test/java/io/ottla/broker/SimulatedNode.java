package io.ottla.broker;

import io.ottla.broker.api.HandlerTable;
import io.ottla.broker.config.BrokerConfig;
import io.ottla.broker.config.BrokerLayers;
import io.ottla.broker.peer.PeerLinks;
import io.ottla.log.MemoryFileSystem;
import io.ottla.metadata.controller.BrokerProbe;
import io.ottla.metadata.controller.CommandResult;
import io.ottla.metadata.controller.Predecessor;
import io.ottla.metadata.feed.FeedSource;
import io.ottla.metadata.image.MetadataImage;
import io.ottla.metadata.image.MetadataPublisher;
import io.ottla.metadata.quorum.MetadataQuorum;
import io.ottla.metadata.quorum.QuorumException;
import io.ottla.metadata.quorum.QuorumStateMachine;
import io.ottla.replication.Partitions;
import io.ottla.simulation.NodeClock;
import io.ottla.simulation.SimulatedProcess;
import io.ottla.wire.Uuid;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;

/**
 * One process of a node, put together of the production's parts as {@link Node} does it, but for
 * what a machine has: threads, clocks, chance, disks, sockets and the consensus log.
 */
public final class SimulatedNode {

  /** What a process is given. */
  public record Machine(
      SimulatedProcess process,
      NodeClock clock,
      MemoryFileSystem disk,
      PeerLinks peers,
      Random random,
      Optional<VoteLog> quorum) {}

  /** As {@link Vote.Log}, for those outside this package. */
  @FunctionalInterface
  public interface VoteLog {

    MetadataQuorum<CommandResult> of(
        QuorumStateMachine<CommandResult> stateMachine, Consumer<QuorumException> onFailure);
  }

  private final BrokerConfig config;
  private final Machine machine;
  private final LogStorage storage;
  private final CurrentImage image = new CurrentImage(MetadataImage.empty(""));
  private final ClusterAccess cluster;
  private final BrokerRole broker;
  private final Optional<ControllerHandlers> controllerHandlers;

  /**
   * @param directories the id of each log directory
   * @param onFailure told when this process cannot go on
   */
  public SimulatedNode(
      BrokerConfig config,
      Machine machine,
      String clusterId,
      Map<Path, Uuid> directories,
      Consumer<Throwable> onFailure) {
    this.config = config;
    this.machine = machine;
    this.storage = new LogStorage(config.logDirs(), machine.disk);
    SimulatedThreads threads =
        new SimulatedThreads(
            machine.process, config.shards().shards(), machine.clock, machine.disk::steps);
    Chance chance =
        new Chance(
            machine.random,
            () -> new Uuid(machine.random.nextLong() & Long.MAX_VALUE, machine.random.nextLong()));
    BrokerLayers layers = new BrokerLayers(config);
    KnownControllers controllers = new KnownControllers(config.quorum());
    FeedSource feed = ClusterAccess.feed(config, controllers, machine.peers);
    this.cluster =
        new ClusterAccess(
            config,
            new NodeIdentity(config.node().nodeId(), clusterId, directories),
            controllers,
            feed,
            machine.quorum.map(
                log -> new Vote(log::of, Map.of(), () -> {}, BrokerProbe.NONE, Predecessor.NONE)),
            new ClusterConfigRules(() -> layers.apply(image.get())),
            machine.peers,
            threads,
            chance,
            machine.clock,
            onFailure);
    this.broker =
        new BrokerRole(
            config, storage, layers, image, cluster, machine.peers, threads, chance, machine.clock);
    this.controllerHandlers =
        cluster
            .controllerRole()
            .map(
                role ->
                    new ControllerHandlers(
                        config,
                        cluster,
                        role,
                        (_, _) ->
                            CompletableFuture.failedFuture(
                                new IllegalStateException("votes come another way")),
                        image,
                        layers,
                        threads.workers()));
  }

  /** Has somebody told of every image there is to be published; before it starts. */
  public void tell(MetadataPublisher publisher) {
    cluster.source().publication().add(publisher);
  }

  /** What is served to controllers and brokers, on a node with a vote. */
  public Optional<HandlerTable> controllerHandlers() {
    return controllerHandlers.map(ControllerHandlers::table);
  }

  /** What is served to clients and other brokers. */
  public HandlerTable brokerHandlers() {
    return broker.handlers();
  }

  /**
   * Starts.
   *
   * @param serve begins to serve clients
   * @return completed when it may lead and serve
   */
  public CompletableFuture<Void> start(int port, Runnable serve) {
    cluster.source().start();
    return cluster
        .source()
        .takesPart()
        .thenCompose(_ -> broker.join(Map.of("PLAINTEXT", port), serve));
  }

  /**
   * Stops in order.
   *
   * @param unserve serves clients no longer, once leadership is with others
   */
  public CompletableFuture<Void> stop(Runnable unserve) {
    return broker
        .leave()
        .thenCompose(
            _ -> {
              unserve.run();
              return broker.endMetadata();
            })
        .thenCompose(
            _ -> {
              broker.close();
              return cluster.source().handOver();
            })
        .thenRun(
            () -> {
              cluster.source().close();
              storage.unlock();
            });
  }

  /** The image that requests see. */
  public MetadataImage image() {
    return image.get();
  }

  public long brokerEpoch() {
    return broker.brokerEpoch();
  }

  /** What it hosts. */
  public Partitions partitions() {
    return broker.partitions();
  }
}
