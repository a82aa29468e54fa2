package io.ottla.broker;

import io.ottla.broker.config.BrokerConfig;
import io.ottla.broker.config.BrokerLayers;
import io.ottla.broker.config.ConnectionLimitsConfig;
import io.ottla.broker.net.Admission;
import io.ottla.broker.net.ConnectionLimits;
import io.ottla.broker.net.HandleUse;
import io.ottla.broker.net.Network;
import io.ottla.broker.net.SocketServer;
import io.ottla.broker.net.UnsentSlices;
import io.ottla.broker.peer.PeerClient;
import io.ottla.log.DiskFileSystem;
import io.ottla.metadata.image.MetadataImage;
import io.ottla.runtime.Clock;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;

/** The parts of a node, put together once. Owned by the node's main thread. */
final class Node {

  /** The quorum's largest messages are parts of snapshots, of a megabyte. */
  private static final int CONTROLLER_REQUEST_BYTES = 8 * 1024 * 1024;

  /** However many clients there are, voters and brokers get through to the controller. */
  private static final ConnectionLimits NO_LIMITS =
      new ConnectionLimits(Integer.MAX_VALUE, Integer.MAX_VALUE, Map.of());

  private static final long HAND_OVER_TIMEOUT_S = 3;

  private final LogStorage storage;
  private final BrokerThreads threads;
  private final Network network;
  private final PeerClient peers;
  private final ClusterAccess cluster;
  private final CurrentImage image;
  private final Optional<BrokerRole> brokerRole;
  private final Optional<SocketServer> brokerSockets;
  private final Optional<SocketServer> controllerSockets;

  Node(BrokerConfig config, Clock clock, Consumer<Throwable> onFailure) {
    this.storage = new LogStorage(config.logDirs(), DiskFileSystem.INSTANCE);
    int openers = config.logDirs().recoveryThreadsPerDir() * config.logDirs().dirs().size();
    this.threads =
        new BrokerThreads(config.shards(), openers, config.fetch().readAheadThreads(), clock);
    this.network = new Network(config.sockets().transport(), config.sockets().networkThreads());
    this.peers = new PeerClient(network, threads.workers(), clock, config.node().nodeId());
    try {
      BrokerLayers layers = new BrokerLayers(config);
      this.image = new CurrentImage(MetadataImage.empty(""));
      Chance chance = Chance.ofMachine();
      ClusterEntry entry =
          new ClusterEntry(
              config,
              storage.usable(),
              new ClusterConfigRules(() -> layers.apply(image.get())),
              network,
              peers,
              threads,
              chance,
              clock,
              onFailure);
      this.cluster = entry.access();
      HandleUse handles = new HandleUse(clock);
      Admission clients = new Admission(limits(config.connectionLimits()), handles, clock);
      this.brokerRole =
          config.node().isBroker()
              ? Optional.of(
                  new BrokerRole(
                      config, storage, layers, image, cluster, peers, threads, chance, clock))
              : Optional.empty();
      this.brokerSockets =
          brokerRole.map(
              role ->
                  new SocketServer(
                      network,
                      config.sockets(),
                      role.handlers(),
                      role.readAhead()::examine,
                      clients));
      this.controllerSockets =
          config.listeners().controllers().isEmpty()
              ? Optional.empty()
              : cluster
                  .controllerRole()
                  .map(
                      role ->
                          new SocketServer(
                              network,
                              config.sockets().withMaxRequestBytes(CONTROLLER_REQUEST_BYTES),
                              new ControllerHandlers(
                                      config,
                                      cluster,
                                      role,
                                      entry::receive,
                                      image,
                                      layers,
                                      threads.workers())
                                  .table(),
                              UnsentSlices.IGNORED,
                              new Admission(NO_LIMITS, handles, clock)));
    } catch (RuntimeException | Error e) {
      peers.close();
      network.close(0);
      threads.close();
      storage.unlock();
      throw e;
    }
  }

  private static ConnectionLimits limits(ConnectionLimitsConfig config) {
    return new ConnectionLimits(
        config.maxTotal(), config.maxPerAddress(), config.maxPerAddressOverrides());
  }

  NodeIdentity identity() {
    return cluster.identity();
  }

  LogStorage storage() {
    return storage;
  }

  Optional<BrokerRole> brokerRole() {
    return brokerRole;
  }

  Optional<SocketServer> brokerSockets() {
    return brokerSockets;
  }

  Optional<SocketServer> controllerSockets() {
    return controllerSockets;
  }

  /** Begins to take metadata in; completed when a controller can be asked. */
  CompletableFuture<Void> startMetadata() {
    if (brokerRole.isEmpty()) {
      cluster.source().publication().add(image);
    }
    return CompletableFuture.supplyAsync(
            () -> {
              cluster.source().start();
              return cluster.source().takesPart();
            },
            threads.openers())
        .thenCompose(takesPart -> takesPart);
  }

  /** Ends housekeeping: nothing is changed behind the back of a node that stops. */
  void endHousekeeping() {
    threads.endHousekeeping();
  }

  /** Ends what all roles share; nobody is served any more. */
  void close(long drainMs) {
    controllerSockets.ifPresent(sockets -> sockets.close(drainMs));
    handOver();
    cluster.source().close();
    peers.close();
    network.close(drainMs);
    threads.close();
    storage.unlock();
  }

  private void handOver() {
    try {
      cluster.source().handOver().get(HAND_OVER_TIMEOUT_S, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (ExecutionException | TimeoutException e) {
      // The others elect one when this one is silent.
    }
  }
}
