package io.ottla.broker;

import io.ottla.broker.api.HandlerTable;
import io.ottla.broker.config.BrokerConfig;
import io.ottla.broker.config.BrokerLayers;
import io.ottla.broker.config.CleanerConfig;
import io.ottla.broker.config.MovesConfig;
import io.ottla.broker.controller.BrokerIsrProposals;
import io.ottla.broker.controller.BrokerReplicaReports;
import io.ottla.broker.fetch.ReadAhead;
import io.ottla.broker.lag.ConsumerLags;
import io.ottla.broker.lag.LagTracker;
import io.ottla.broker.lag.LocalEnds;
import io.ottla.broker.lag.RemoteEnds;
import io.ottla.broker.lifecycle.BrokerLifecycle;
import io.ottla.broker.lifecycle.DiskTrouble;
import io.ottla.broker.lifecycle.SessionListener;
import io.ottla.broker.peer.BrokerPeers;
import io.ottla.broker.peer.NetworkLeaderConnections;
import io.ottla.broker.peer.PeerLinks;
import io.ottla.broker.peer.PeerSettings;
import io.ottla.broker.producer.ProducerIds;
import io.ottla.broker.transaction.OpenTransaction;
import io.ottla.broker.transaction.OpenTransactions;
import io.ottla.coordinator.group.journal.RebalanceJournal;
import io.ottla.metadata.image.MetadataDelta;
import io.ottla.metadata.image.MetadataImage;
import io.ottla.metadata.image.MetadataPublication;
import io.ottla.metadata.image.TakenOver;
import io.ottla.replication.CompactionStatus;
import io.ottla.replication.LocalNode;
import io.ottla.replication.LogCompaction;
import io.ottla.replication.LogDirectories;
import io.ottla.replication.LogHousekeeping;
import io.ottla.replication.Partitions;
import io.ottla.replication.Peers;
import io.ottla.replication.ReplicaHost;
import io.ottla.replication.ShardMap;
import io.ottla.replication.UnforcedWindow;
import io.ottla.runtime.Clock;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.concurrent.CompletableFuture;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What a node with the broker's role does besides answering: it registers, takes the metadata over,
 * hosts partitions and coordinators, and keeps its session. Used by the node's main thread.
 *
 * <pre>
 *  start: register > catch up with the metadata > open partitions, coordinators > be unfenced
 *  stop:  leave > (answer what is in work) > coordinators > close logs > mark clean
 * </pre>
 */
final class BrokerRole {

  private static final Logger LOG = LoggerFactory.getLogger(BrokerRole.class);

  private static final long PROPOSAL_TIMEOUT_MS = 10_000;

  private static final long LAG_TIMEOUT_MS = 5_000;
  private static final long OPEN_TRANSACTIONS_INTERVAL_MS = 30_000;

  /** What an answer to a fetch holds besides records, at most. */
  private static final int FETCH_OVERHEAD_BYTES = 8 << 20;

  private final BrokerConfig config;
  private final LogStorage storage;
  private final ClusterAccess cluster;
  private final MetadataPublication publication;
  private final NodeThreads threads;
  private final Chance chance;
  private final PeerLinks peers;
  private final Clock clock;
  private final Partitions partitions = new Partitions();
  private final LogDirectories directories;
  private final ReplicaHost replicas;
  private final CurrentImage image;
  private final BrokerPeers otherBrokers;
  private final Coordinators coordinators;
  private final ReadAhead readAhead;
  private final Handlers handlers;
  private final LagTracker lags;
  private final OpenTransactions openTransactions;
  private final LogCompaction compaction;
  private final NodeThreads.Background compactor;
  private final NodeThreads.Background mover;

  private volatile BrokerLifecycle lifecycle;

  BrokerRole(
      BrokerConfig config,
      LogStorage storage,
      BrokerLayers layers,
      CurrentImage image,
      ClusterAccess cluster,
      PeerLinks peers,
      NodeThreads threads,
      Chance chance,
      Clock clock) {
    this.config = config;
    this.storage = storage;
    this.cluster = cluster;
    this.publication = cluster.source().publication();
    this.threads = threads;
    this.chance = chance;
    this.peers = peers;
    this.clock = clock;
    this.image = image;
    this.directories = storage.withFlushers(cluster.identity().directories(), threads, clock);
    int nodeId = config.node().nodeId();
    ShardMap shards = new ShardMap(threads.shards());
    this.replicas =
        new ReplicaHost(
            new LocalNode(nodeId, this::brokerEpoch, this::hasSession),
            partitions,
            directories,
            shards,
            new TopicSettingsFactory(layers),
            threads.openers(),
            publication::whenPublished,
            clock,
            config.replication(),
            new Peers(
                leaders(config, peers),
                new BrokerIsrProposals(cluster.channel(), PROPOSAL_TIMEOUT_MS),
                new BrokerReplicaReports(cluster.channel(), PROPOSAL_TIMEOUT_MS)));
    this.otherBrokers =
        new BrokerPeers(
            peers,
            image,
            config.replication().interBrokerListener(),
            config.tls().toBrokers(),
            PeerSettings.brokers(config.sockets().connectionsMaxIdleMs()));
    ProducerIds producerIds =
        new ProducerIds(new ProducerIdBlocks(nodeId, this::brokerEpoch, cluster.channel()));
    this.coordinators =
        new Coordinators(
            config,
            nodeId,
            partitions,
            image,
            layers,
            shards,
            producerIds,
            otherBrokers,
            peers::later,
            chance,
            threads.workers());
    this.readAhead =
        threads
            .readAhead()
            .map(executor -> new ReadAhead(executor, clock))
            .orElseGet(() -> ReadAhead.off(clock));
    this.handlers =
        new Handlers(
            config,
            nodeId,
            partitions,
            image,
            layers,
            cluster,
            directories,
            replicas.moves(),
            replicas.leaderQuota(),
            readAhead,
            coordinators,
            producerIds,
            threads,
            chance,
            clock);
    this.openTransactions =
        new OpenTransactions(
            partitions::all,
            clock,
            config.startLayers().values().intValue("transaction.max.timeout.ms"));
    this.compaction = new LogCompaction(partitions, directories, threads.openers(), clock);
    this.compactor =
        threads.background(
            "ottla-cleaner",
            new Compactor(
                compaction,
                () -> CleanerConfig.of(layers.apply(image.get()).values()),
                () -> chance.ids().get().mostSignificantBits()));
    this.mover =
        threads.background(
            "ottla-mover",
            new Mover(
                replicas.moves(),
                MovesConfig.threads(config.startLayers().values(), directories.all().size()),
                () -> MovesConfig.maxBytesPerSecond(layers.apply(image.get()).values())));
    replicas.moves().whenAsked(mover::wake);
    this.lags =
        new LagTracker(
            coordinators.groups()::committedOffsets,
            image,
            new LocalEnds(partitions, clock),
            new RemoteEnds(nodeId, otherBrokers, clock, LAG_TIMEOUT_MS),
            threads.workers(),
            clock);
  }

  private static NetworkLeaderConnections leaders(BrokerConfig config, PeerLinks peers) {
    // The first batch of an answer comes whole, however large it is.
    int largest =
        Math.max(config.replication().fetchResponseMaxBytes(), config.sockets().maxRequestBytes());
    return new NetworkLeaderConnections(
        peers,
        config.tls().toBrokers(),
        PeerSettings.replication(
            Math.max(largest, largest + FETCH_OVERHEAD_BYTES),
            config.sockets().connectionsMaxIdleMs(),
            OptionalInt.empty()),
        config.replication().socketTimeoutMs());
  }

  HandlerTable handlers() {
    return handlers.table();
  }

  /** What it hosts. Any thread. */
  Partitions partitions() {
    return partitions;
  }

  /** Where the disk is waited for on behalf of fetches. Any thread. */
  ReadAhead readAhead() {
    return readAhead;
  }

  /** How far groups are behind. Any thread. */
  ConsumerLags lags() {
    return lags;
  }

  /** Which transactions hold the last stable offset of partitions led here. Any thread. */
  List<OpenTransaction> openTransactions() {
    return openTransactions.oldest();
  }

  /** How much of what was appended is not forced yet, by directory. Any thread. */
  List<UnforcedWindow> unforced() {
    return directories.unforced(clock.wallMs());
  }

  /** How compaction is getting on. Any thread. */
  CompactionStatus compaction() {
    return compaction.status();
  }

  /** What groups have gone through. Any thread. */
  RebalanceJournal rebalances() {
    return coordinators.groups().journal();
  }

  /** The epoch of this broker's registration, or -1 before it. Any thread. */
  long brokerEpoch() {
    BrokerLifecycle current = lifecycle;
    return current == null ? -1 : current.brokerEpoch();
  }

  private boolean hasSession() {
    BrokerLifecycle current = lifecycle;
    return current != null && current.hasSession();
  }

  /**
   * Joins the cluster.
   *
   * @param boundPorts the port each listener got, by its name
   * @param serve begins to serve clients, once there is something to serve
   * @return completed when this broker may lead and serve
   */
  CompletableFuture<Void> join(Map<String, Integer> boundPorts, Runnable serve) {
    lifecycle =
        new BrokerLifecycle(
            threads.controllerShard(),
            cluster.channel(),
            Registration.of(
                config,
                cluster.identity(),
                chance.ids().get(),
                boundPorts,
                storage.cleanBrokerEpoch()),
            () -> publication.published().offset(),
            this::disks,
            config.membership(),
            new Session());
    return lifecycle
        .register()
        .thenCompose(publication::whenReached)
        .thenCompose(_ -> takeOver())
        .thenCompose(_ -> reported())
        .thenCompose(
            _ -> {
              serve.run();
              return lifecycle.ready();
            });
  }

  private DiskTrouble disks() {
    boolean unheard = replicas.unreportedMs() > config.logDirs().failureTimeoutMs();
    return DiskTrouble.of(
        directories.failed(),
        directories.areAllInTrouble() || unheard,
        config.node().nodeId(),
        image.get());
  }

  /**
   * Before this broker may lead, the controller knows what it cannot lead. Where no controller
   * takes note of that, {@link #disks} tells instead.
   */
  private CompletableFuture<Void> reported() {
    CompletableFuture<Void> reported = replicas.reported();
    if (!reported.isDone()) {
      peers.later(() -> reported.complete(null), config.logDirs().failureTimeoutMs());
    }
    return reported;
  }

  /** Hosts what the metadata says. Logs are opened meanwhile; heartbeats go on. */
  private CompletableFuture<Void> takeOver() {
    publication.add(replicas);
    coordinators.publishers().forEach(publication::add);
    publication.add(image);
    publication.add(this::onPublished);
    CompletableFuture<Void> published = new CompletableFuture<>();
    publication.whenPublished(() -> published.complete(null));
    directories.whenChanged(lifecycle::report);
    return published.thenRun(this::keepHouse);
  }

  private void keepHouse() {
    Housekeeping housekeeping = new Housekeeping(threads);
    housekeeping.begin(new LogHousekeeping(partitions, directories, clock), config.housekeeping());
    housekeeping.every(config.groups().lagIntervalMs(), lags::tick);
    housekeeping.every(OPEN_TRANSACTIONS_INTERVAL_MS, openTransactions::tick);
    if (config.startLayers().values().flag("log.cleaner.enable")) {
      compactor.wake();
    }
  }

  /** A broker that stops waits until all others know who leads instead of it. */
  private void onPublished(MetadataImage newest, List<MetadataDelta> deltas) {
    for (MetadataDelta delta : deltas) {
      if (delta instanceof MetadataDelta.BrokerShuttingDown stopping
          && stopping.brokerId() != config.node().nodeId()) {
        var _ = publication.whenReached(newest.offset()).thenRun(lifecycle::report);
      }
    }
  }

  /** Lets others lead what this broker leads. Completed when they do, or nobody answers. */
  CompletableFuture<Void> leave() {
    compactor.close();
    mover.close();
    return lifecycle == null ? CompletableFuture.completedFuture(null) : lifecycle.leave();
  }

  /** Leaves without waiting for anybody any longer. */
  void leaveAtOnce() {
    lifecycle.close();
  }

  /**
   * Takes no notice of metadata any longer: it goes on changing while brokers stop, and would open
   * what is being closed. Completed when nothing of that is under way.
   */
  CompletableFuture<Void> endMetadata() {
    return publication.end();
  }

  /** Closes coordinators and logs; nobody is served, and metadata has ended. */
  void close() {
    coordinators.close();
    otherBrokers.close();
    replicas.close();
    storage.closeCleanly(
        brokerEpoch(), TakenOver.of(image.get()).map(TakenOver::brokerEpoch).orElse(-1L));
  }

  /** Without a session nothing here may be believed to be led. */
  private final class Session implements SessionListener {

    @Override
    public void onSessionLost() {
      partitions.fenceSelf(true);
    }

    @Override
    public void onSessionBack() {
      partitions.fenceSelf(false);
    }
  }
}
