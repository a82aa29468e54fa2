package io.ottla.broker;

import io.ottla.broker.config.BrokerConfig;
import io.ottla.broker.config.BrokerLayers;
import io.ottla.broker.config.ConfigNote;
import io.ottla.broker.config.ConnectionLimitsConfig;
import io.ottla.broker.config.Listener;
import io.ottla.broker.net.ConnectionLimits;
import io.ottla.broker.net.Network;
import io.ottla.broker.net.SocketServer;
import io.ottla.metadata.config.BrokerConfigLayers;
import io.ottla.metadata.image.BrokerImage;
import io.ottla.metadata.image.Endpoint;
import io.ottla.metadata.image.MetadataImage;
import io.ottla.replication.LogDirectories;
import io.ottla.replication.LogHousekeeping;
import io.ottla.replication.Partitions;
import io.ottla.replication.ReplicaHost;
import io.ottla.replication.ShardMap;
import io.ottla.runtime.Clock;
import io.ottla.wire.Uuid;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.util.List;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One broker: puts its parts together, starts them in order and stops them in the opposite one.
 * Used by one thread.
 *
 * <pre>
 *  start: lock log dirs > metadata > bind sockets > register > open partitions, coordinators > serve
 *  stop:  answer what is in work > coordinators > close logs > mark clean > metadata > threads
 * </pre>
 */
public final class BrokerServer {

  private static final Logger LOG = LoggerFactory.getLogger(BrokerServer.class);

  private static final long DRAIN_MS = 3_000;
  private static final long METADATA_TIMEOUT_S = 60;

  private final BrokerConfig config;
  private final Clock clock;
  private final int nodeId;
  private final LogStorage storage;
  private final BrokerThreads threads;
  private final MetadataNode metadata;
  private final Partitions partitions = new Partitions();
  private final LogDirectories directories;
  private final ReplicaHost replicas;
  private final CurrentImage image;
  private final Handlers handlers;
  private final Network network;
  private final SocketServer sockets;
  private final BrokerLayers layers;
  private long brokerEpoch = -1;

  /**
   * Puts a broker together on its log directories; nothing is served yet.
   *
   * @param onFailure told when the broker cannot go on, from any thread: the process must end
   */
  public BrokerServer(BrokerConfig config, Clock clock, Consumer<Throwable> onFailure) {
    this.config = config;
    this.clock = clock;
    this.nodeId = config.node().nodeId();
    config.notes().forEach(BrokerServer::tell);
    this.layers = new BrokerLayers(config);
    this.storage = new LogStorage(config.logDirs());
    int openers = config.logDirs().recoveryThreadsPerDir() * config.logDirs().dirs().size();
    this.threads = new BrokerThreads(config.shards(), openers, clock);
    try {
      this.metadata =
          new MetadataNode(config, new ClusterConfigRules(this::currentLayers), threads, onFailure);
      this.image = new CurrentImage(MetadataImage.empty(metadata.clusterId()));
      this.directories = storage.withFlushers(threads, clock);
      ShardMap shards = new ShardMap(threads.shards());
      this.replicas =
          new ReplicaHost(
              nodeId,
              partitions,
              directories,
              shards,
              new TopicSettingsFactory(layers),
              threads.openers(),
              clock);
      this.handlers =
          new Handlers(
              config,
              nodeId,
              partitions,
              image,
              layers,
              metadata.controller(),
              shards,
              threads,
              clock,
              () -> brokerEpoch);
      ConnectionLimitsConfig limits = config.connectionLimits();
      this.network = new Network(config.sockets().transport(), config.sockets().networkThreads());
      this.sockets =
          new SocketServer(
              network,
              config.sockets(),
              handlers.table(),
              new ConnectionLimits(
                  limits.maxTotal(), limits.maxPerAddress(), limits.maxPerAddressOverrides()));
    } catch (RuntimeException | Error e) {
      threads.close();
      storage.unlock();
      throw e;
    }
  }

  private static void tell(ConfigNote note) {
    switch (note.level()) {
      case INFO -> LOG.info("{}", note.text());
      case WARNING -> LOG.warn("{}", note.text());
    }
  }

  /** The broker's own values in the image that requests see. */
  private BrokerConfigLayers currentLayers() {
    return layers.apply(image.get());
  }

  /**
   * Starts; returns when clients are served.
   *
   * @throws IOException if a listener cannot be had
   */
  public void start() throws IOException {
    long begunNs = clock.nowNs();
    LOG.info(
        "Starting Ottla node {} on {}{}",
        nodeId,
        config.logDirs().dirs(),
        storage.wereClosedCleanly() ? "" : " (not closed cleanly: logs are checked)");
    CompletableFuture<Void> leads =
        CompletableFuture.supplyAsync(metadata::start, threads.openers())
            .thenCompose(ready -> ready);
    for (Listener listener : config.listeners().brokers()) {
      sockets.bind(
          listener.name(),
          listener.host().isEmpty()
              ? new InetSocketAddress(listener.port())
              : new InetSocketAddress(listener.host(), listener.port()),
          config.listeners().backlog(),
          config.tls().of(listener.name()));
    }
    await(leads, "the metadata log did not start");
    register();
    keepHouse();
    sockets.serve();
    LOG.info(
        "Ottla node {} of cluster {} is up, {} ms after it was started",
        nodeId,
        metadata.clusterId(),
        TimeUnit.NANOSECONDS.toMillis(clock.nowNs() - begunNs));
  }

  /** Makes the broker known, and with that its partitions, coordinators and image. */
  private void register() {
    List<Endpoint> endpoints =
        config.listeners().advertised(sockets.boundPorts(), localHostName()).stream()
            .map(
                listener ->
                    new Endpoint(
                        listener.name(),
                        listener.host(),
                        listener.port(),
                        listener.protocol().id()))
            .toList();
    BrokerImage self =
        new BrokerImage(
            nodeId,
            -1,
            Uuid.random(),
            endpoints,
            config.node().rack().orElse(null),
            new TreeMap<>(MetadataNode.SUPPORTED_FEATURES),
            metadata.directoryIds(),
            true);
    brokerEpoch =
        await(metadata.controller().registerBroker(self), "the broker could not register");
    metadata.publication().add(replicas);
    metadata.publication().add(handlers.groupHosting());
    metadata.publication().add(image);
    await(
        metadata.controller().unfenceBroker(nodeId, brokerEpoch),
        "the broker was registered, but may not lead");
    CompletableFuture<Void> published = new CompletableFuture<>();
    metadata.publication().whenPublished(() -> published.complete(null));
    await(published, "the metadata was not taken over");
  }

  private static String localHostName() {
    try {
      return InetAddress.getLocalHost().getCanonicalHostName();
    } catch (UnknownHostException e) {
      return InetAddress.getLoopbackAddress().getHostAddress();
    }
  }

  private void keepHouse() {
    LogHousekeeping housekeeping = new LogHousekeeping(partitions, directories, clock);
    var intervals = config.housekeeping();
    every(intervals.retentionCheckIntervalMs(), housekeeping::retire);
    every(intervals.retentionCheckIntervalMs(), housekeeping::deleteDue);
    every(intervals.flushCheckIntervalMs(), housekeeping::forceDue);
    every(intervals.recoveryPointCheckpointIntervalMs(), housekeeping::checkpointOffsets);
    every(intervals.highWatermarkCheckpointIntervalMs(), housekeeping::checkpointHighWatermarks);
    every(SPACE_CHECK_MS, () -> housekeeping.checkSpace(RESERVED_BYTES));
  }

  private static final long SPACE_CHECK_MS = 5_000;

  /** What stays free in each log directory, for checkpoints, indexes and the metadata log. */
  private static final long RESERVED_BYTES = 64L << 20;

  private void every(long intervalMs, Runnable work) {
    // Intervals beyond this mean never; the scheduler counts in nanoseconds.
    long bounded = Math.min(intervalMs, TimeUnit.DAYS.toMillis(3650));
    var _ =
        threads
            .housekeeping()
            .scheduleWithFixedDelay(
                () -> {
                  try {
                    work.run();
                  } catch (RuntimeException e) {
                    LOG.error("Housekeeping failed; it will be tried again", e);
                  }
                },
                bounded,
                bounded,
                TimeUnit.MILLISECONDS);
  }

  private static <T> T await(CompletableFuture<T> future, String otherwise) {
    try {
      return future.get(METADATA_TIMEOUT_S, TimeUnit.SECONDS);
    } catch (ExecutionException e) {
      throw new IllegalStateException(otherwise + ": " + e.getCause().getMessage(), e.getCause());
    } catch (CompletionException | TimeoutException e) {
      throw new IllegalStateException(otherwise, e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(otherwise, e);
    }
  }

  /** The port each listener got, by its name. */
  public java.util.Map<String, Integer> boundPorts() {
    return sockets.boundPorts();
  }

  /** Stops in order; what was acknowledged is on disk afterwards. */
  public void close() {
    LOG.info("Stopping Ottla node {}", nodeId);
    threads.endHousekeeping();
    sockets.close(DRAIN_MS);
    handlers.close();
    replicas.close();
    storage.closeCleanly(brokerEpoch);
    metadata.close();
    network.close(DRAIN_MS);
    threads.close();
    LOG.info("Ottla node {} has stopped", nodeId);
  }
}
