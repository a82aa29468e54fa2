package io.ottla.broker;

import io.ottla.broker.config.BrokerConfig;
import io.ottla.broker.config.ControllerConfig;
import io.ottla.metadata.controller.CommandResult;
import io.ottla.metadata.controller.Controller;
import io.ottla.metadata.controller.ControllerSettings;
import io.ottla.metadata.controller.ControllerStateMachine;
import io.ottla.metadata.controller.FeatureCatalog;
import io.ottla.metadata.feed.FeedFollower;
import io.ottla.metadata.feed.FeedSource;
import io.ottla.metadata.feed.MetadataFeed;
import io.ottla.metadata.feed.NewestMetadata;
import io.ottla.metadata.image.AppliedMetadata;
import io.ottla.metadata.image.MetadataDelta;
import io.ottla.metadata.image.MetadataImage;
import io.ottla.metadata.image.MetadataPublication;
import io.ottla.metadata.quorum.MetadataQuorum;
import io.ottla.metadata.quorum.QuorumException;
import io.ottla.metadata.quorum.QuorumState;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What a node with the controller's role does: votes on the metadata, leads it when elected, and
 * serves it to those who follow. While it has no vote, because it has yet to be added or was
 * removed, it follows the others' feed itself. Made, started and closed by the node's main thread.
 */
final class ControllerRole implements MetadataSource {

  private static final Logger LOG = LoggerFactory.getLogger(ControllerRole.class);

  /** As Kafka's controllers since KRaft: every partition goes back to its preferred leader. */
  private static final int ANY_IMBALANCE = 0;

  private final Vote vote;
  private final MetadataPublication publication;
  private final MetadataFeed feed;
  private final MetadataQuorum<CommandResult> quorum;
  private final Controller controller;
  private final int nodeId;
  private final NewestMetadata newest;
  private final Supplier<FeedFollower> newFollower;

  private CompletableFuture<Void> leads = CompletableFuture.completedFuture(null);

  /** Null while this node votes. Guarded by this. */
  private FeedFollower follower;

  /**
   * @param others the feed of the other controllers
   * @param onFailure told when this node has lost touch with the metadata, and must stop
   */
  ControllerRole(
      BrokerConfig config,
      String clusterId,
      Vote vote,
      FeedSource others,
      ClusterConfigRules rules,
      NodeThreads threads,
      Chance chance,
      Consumer<Throwable> onFailure) {
    this.vote = vote;
    MetadataImage first = MetadataImage.empty(clusterId);
    this.publication = new MetadataPublication(first, threads.publication(), onFailure);
    this.feed = new MetadataFeed(first);
    this.nodeId = config.node().nodeId();
    this.newest = new NewestMetadata(first, publication);
    this.newFollower =
        () ->
            new FeedFollower(
                threads.controllerShard(),
                publication.published(),
                others,
                newest.source(),
                () -> nodeId,
                onFailure);
    ControllerStateMachine stateMachine =
        new ControllerStateMachine(
            clusterId, AppliedMetadata.both(new OwnMetadata(newest.source()), feed));
    this.quorum = vote.log().of(stateMachine, failure -> onQuorumFailure(failure, onFailure));
    this.controller =
        controller(
            config,
            vote.firstFeatures(),
            quorum,
            stateMachine,
            publication,
            rules,
            threads,
            chance);
    controller.probeWith(vote.probe());
    controller.succeed(vote.predecessor());
  }

  /** A controller over any quorum. */
  static Controller controller(
      BrokerConfig config,
      Map<String, Short> features,
      MetadataQuorum<CommandResult> quorum,
      ControllerStateMachine stateMachine,
      MetadataPublication publication,
      ClusterConfigRules rules,
      NodeThreads threads,
      Chance chance) {
    return new Controller(
        quorum,
        stateMachine,
        publication,
        rules,
        controllerSettings(config, features, chance),
        threads.controllerShard());
  }

  private static ControllerSettings controllerSettings(
      BrokerConfig config, Map<String, Short> features, Chance chance) {
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
        FeatureCatalog.supportedLevels(config.node().unstableFeatures()),
        chance.choices(),
        chance.ids());
  }

  @Override
  public void start() {
    leads = controller.start();
    var _ =
        leads.whenComplete(
            (led, failure) -> {
              if (failure != null) {
                LOG.error("This controller cannot lead: {}", failure.getMessage());
              }
            });
    if (!votes()) {
      follow();
    }
  }

  private boolean votes() {
    return quorum.state().voters().stream().anyMatch(voter -> voter.nodeId() == nodeId);
  }

  private synchronized void follow() {
    if (follower == null) {
      LOG.info("This controller has no vote: it follows those that have");
      follower = newFollower.get();
      follower.start();
    }
  }

  private synchronized void followNoMore() {
    if (follower != null && votes()) {
      LOG.info("This controller votes from now on");
      follower.close();
      follower = null;
    }
  }

  private void onQuorumFailure(QuorumException failure, Consumer<Throwable> onFailure) {
    if (failure instanceof QuorumException.NoLongerVoter) {
      LOG.warn("{}", failure.getMessage());
      follow();
    } else {
      onFailure.accept(failure);
    }
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

  MetadataQuorum<CommandResult> quorum() {
    return quorum;
  }

  QuorumState quorumState() {
    return quorum.state();
  }

  @Override
  public MetadataPublication publication() {
    return publication;
  }

  /** Leads no longer than it must: another voter is asked to take over. */
  @Override
  public CompletableFuture<Void> handOver() {
    return quorum.transferLeadership();
  }

  @Override
  public void close() {
    synchronized (this) {
      if (follower != null) {
        follower.close();
      }
    }
    controller.close();
  }

  /** What this node's own log says. */
  private final class OwnMetadata implements AppliedMetadata {

    private final AppliedMetadata to;
    private boolean begun;

    OwnMetadata(AppliedMetadata to) {
      this.to = to;
    }

    @Override
    public void applied(MetadataImage image, List<MetadataDelta> deltas) {
      to.applied(image, deltas);
      onNews();
    }

    @Override
    public void replaced(MetadataImage image) {
      to.replaced(image);
      onNews();
    }

    private void onNews() {
      if (!begun) {
        begun = true;
        // A mark without a first command would look like a loss at the next start.
        publication.whenPublished(vote.onFirstMetadata());
      }
      followNoMore();
    }
  }
}
