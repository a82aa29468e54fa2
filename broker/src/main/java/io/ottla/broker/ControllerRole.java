package io.ottla.broker;

import io.ottla.broker.config.BrokerConfig;
import io.ottla.broker.config.ControllerConfig;
import io.ottla.metadata.controller.CommandResult;
import io.ottla.metadata.controller.Controller;
import io.ottla.metadata.controller.ControllerSettings;
import io.ottla.metadata.controller.ControllerStateMachine;
import io.ottla.metadata.controller.FeatureCatalog;
import io.ottla.metadata.feed.MetadataFeed;
import io.ottla.metadata.image.AppliedMetadata;
import io.ottla.metadata.image.MetadataImage;
import io.ottla.metadata.image.MetadataPublication;
import io.ottla.metadata.quorum.MetadataQuorum;
import io.ottla.metadata.quorum.MetadataStorage;
import io.ottla.metadata.quorum.QuorumState;
import io.ottla.metadata.quorum.QuorumTransport;
import io.ottla.metadata.quorum.RatisQuorum;
import io.ottla.runtime.Clock;
import io.ottla.wire.Uuid;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import java.util.random.RandomGenerator;

/**
 * What a node with the controller's role does: votes on the metadata, leads it when elected, and
 * serves it to those who follow. Made, started and closed by the node's main thread.
 */
final class ControllerRole implements MetadataSource {

  private static final long TRANSFER_TIMEOUT_S = 3;

  /** As Kafka's controllers since KRaft: every partition goes back to its preferred leader. */
  private static final int ANY_IMBALANCE = 0;

  private final MetadataStorage storage;
  private final MetadataPublication publication;
  private final MetadataFeed feed;
  private final RatisQuorum<CommandResult> quorum;
  private final Controller controller;

  private CompletableFuture<Void> leads = CompletableFuture.completedFuture(null);

  /**
   * @param settings of the quorum
   * @param transport to the other voters
   * @param onFailure told when this node has lost touch with the metadata, and must stop
   */
  ControllerRole(
      BrokerConfig config,
      MetadataStorage storage,
      RatisQuorum.Settings settings,
      QuorumTransport transport,
      ClusterConfigRules rules,
      BrokerThreads threads,
      Clock clock,
      Consumer<Throwable> onFailure) {
    this.storage = storage;
    MetadataImage first = MetadataImage.empty(storage.clusterId());
    this.publication = new MetadataPublication(first, threads.publication(), onFailure);
    this.feed = new MetadataFeed(first);
    ControllerStateMachine stateMachine =
        new ControllerStateMachine(storage.clusterId(), AppliedMetadata.both(publication, feed));
    this.quorum =
        new RatisQuorum<>(
            settings,
            transport,
            stateMachine,
            threads.quorum(),
            threads.quorumMessages(),
            clock,
            onFailure::accept);
    this.controller =
        controller(
            config, storage.firstFeatures(), quorum, stateMachine, publication, rules, threads);
  }

  /** A controller over any quorum. */
  static Controller controller(
      BrokerConfig config,
      Map<String, Short> features,
      MetadataQuorum<CommandResult> quorum,
      ControllerStateMachine stateMachine,
      MetadataPublication publication,
      ClusterConfigRules rules,
      BrokerThreads threads) {
    return new Controller(
        quorum,
        stateMachine,
        publication,
        rules,
        controllerSettings(config, features),
        threads.controllerShard());
  }

  private static ControllerSettings controllerSettings(
      BrokerConfig config, Map<String, Short> features) {
    ControllerConfig its = config.controller();
    return new ControllerSettings(
        config.node().nodeId(),
        config.topics().partitions(),
        config.topics().replicationFactor()::among,
        its.minInsyncReplicas(),
        its.uncleanElection(),
        config.membership().sessionTimeoutMs(),
        new ControllerSettings.LeaderBalance(
            its.balanceLeaders(), its.balanceIntervalMs(), ANY_IMBALANCE),
        features.isEmpty() ? FeatureCatalog.firstLevels() : features,
        RandomGenerator.of("L64X128MixRandom"),
        Uuid::random);
  }

  @Override
  public void start() {
    // A mark without a first command would look like a loss at the next start.
    var _ = publication.whenReached(0).thenRun(storage::markFormatted);
    leads = controller.start();
  }

  /** One of several must not wait until it leads itself. */
  @Override
  public CompletableFuture<Void> takesPart() {
    return quorum.state().voters().size() == 1 ? leads : CompletableFuture.completedFuture(null);
  }

  Controller controller() {
    return controller;
  }

  MetadataFeed feed() {
    return feed;
  }

  RatisQuorum<CommandResult> quorum() {
    return quorum;
  }

  QuorumState quorumState() {
    return quorum.state();
  }

  @Override
  public MetadataPublication publication() {
    return publication;
  }

  /** Leads no longer than it must: another voter is asked to take over first. */
  @Override
  public void close() {
    CompletableFuture<Void> transferred = quorum.transferLeadership();
    try {
      transferred.get(TRANSFER_TIMEOUT_S, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (ExecutionException | TimeoutException e) {
      // The others elect one when this one is silent.
    }
    controller.close();
  }
}
