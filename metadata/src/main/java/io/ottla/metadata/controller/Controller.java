package io.ottla.metadata.controller;

import io.ottla.metadata.controller.Command.AlterConfigs;
import io.ottla.metadata.controller.Command.CreatePartitions;
import io.ottla.metadata.controller.Command.CreateTopics;
import io.ottla.metadata.controller.Command.DeleteTopics;
import io.ottla.metadata.controller.Command.NewConfigs;
import io.ottla.metadata.controller.Command.PlacedPartitions;
import io.ottla.metadata.controller.Command.PlacedTopic;
import io.ottla.metadata.controller.Command.UnregisterBroker;
import io.ottla.metadata.controller.PlannedBatch.Outcome;
import io.ottla.metadata.image.ConfigResource;
import io.ottla.metadata.image.MetadataImage;
import io.ottla.metadata.image.MetadataPublication;
import io.ottla.metadata.quorum.MetadataQuorum;
import io.ottla.runtime.Shard;
import io.ottla.wire.ErrorCode;
import io.ottla.wire.Uuid;
import io.ottla.wire.message.AllocateProducerIdsRequest;
import io.ottla.wire.message.AllocateProducerIdsResponse;
import io.ottla.wire.message.AlterPartitionReassignmentsRequest;
import io.ottla.wire.message.AlterPartitionReassignmentsResponse;
import io.ottla.wire.message.AlterPartitionRequest;
import io.ottla.wire.message.AlterPartitionResponse;
import io.ottla.wire.message.AssignReplicasToDirsRequest;
import io.ottla.wire.message.AssignReplicasToDirsResponse;
import io.ottla.wire.message.BrokerHeartbeatRequest;
import io.ottla.wire.message.BrokerHeartbeatResponse;
import io.ottla.wire.message.BrokerRegistrationRequest;
import io.ottla.wire.message.BrokerRegistrationResponse;
import io.ottla.wire.message.ElectLeadersRequest;
import io.ottla.wire.message.ElectLeadersResponse;
import io.ottla.wire.message.UnregisterBrokerRequest;
import io.ottla.wire.message.UnregisterBrokerResponse;
import io.ottla.wire.message.UpdateFeaturesRequest;
import io.ottla.wire.message.UpdateFeaturesResponse;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;

/**
 * What may be asked of the cluster's metadata. Any thread may ask; nothing but {@link #start} and
 * {@link #close} blocks.
 *
 * <p>Every answer comes when its effect is published: who was told that a topic exists finds it in
 * the published image. Answers come on the publication's thread or the controller's, so what
 * depends on them must be short. A future fails with a {@link ControllerException} that names the
 * protocol's error: NOT_CONTROLLER when another node should be asked, REQUEST_TIMED_OUT when too
 * much is waiting already, or when it is not known whether the change was made.
 */
public final class Controller implements AutoCloseable {

  /** Partitions that one request may create. */
  public static final int MAX_PARTITIONS_PER_REQUEST = 10_000;

  private final MetadataQuorum<CommandResult> quorum;
  private final CommandLog log;
  private final ControllerSettings settings;
  private final TopicPlanner topicPlanner;
  private final ConfigPlanner configPlanner;
  private final Turns<ConfigResource> settingsTurns = new Turns<>();
  private final FeatureCalls featureCalls;
  private final BrokerCalls brokerCalls;
  private final Heartbeats heartbeats;
  private final PartitionCalls partitionCalls;
  private final DirectoryCalls directoryCalls;
  private final Shard shard;
  private final ControllerThread thread;
  private final TermStart start;

  private volatile BrokerProbe probe = BrokerProbe.NONE;

  /** The term in which this node leads, or null. Owned by the shard. */
  private ActiveTerm active;

  /**
   * @param quorum carries commands to {@code stateMachine}; not started yet
   * @param publication where {@code stateMachine} publishes
   * @param shard the controller's event loop
   */
  public Controller(
      MetadataQuorum<CommandResult> quorum,
      ControllerStateMachine stateMachine,
      MetadataPublication publication,
      ConfigRules configRules,
      ControllerSettings settings,
      Shard shard) {
    this.quorum = quorum;
    this.log = new CommandLog(quorum, stateMachine, publication, Planner.of(settings));
    this.settings = settings;
    this.topicPlanner = new TopicPlanner(configRules, settings);
    this.configPlanner = new ConfigPlanner(configRules);
    this.featureCalls =
        new FeatureCalls(log, new FeaturePlanner(settings.nodeId(), settings.supported()));
    this.brokerCalls = new BrokerCalls(log, shard);
    this.heartbeats = new Heartbeats(log, shard);
    this.partitionCalls = new PartitionCalls(log);
    this.directoryCalls = new DirectoryCalls(log);
    this.shard = shard;
    this.thread = new ControllerThread(shard);
    this.start =
        new TermStart(
            log, settings, shard, thread, term -> active != null && active.term() == term);
    stateMachine.whenLeading(
        term -> start.begin(term, () -> lead(term)), () -> shard.submit(this::resignIfDeposed));
  }

  /** How to find out that a broker's process is gone; before {@link #start}. */
  public void probeWith(BrokerProbe brokerProbe) {
    this.probe = brokerProbe;
  }

  /** Whose metadata becomes this cluster's; before {@link #start}. */
  public void succeed(Predecessor former) {
    start.succeed(former);
  }

  /**
   * Starts the quorum; blocks until this node takes part.
   *
   * @return completed when this node leads, has applied all that was ever committed, and the image
   *     of that is published
   */
  public CompletableFuture<Void> start() {
    quorum.start();
    return start.ready();
  }

  private CompletableFuture<Void> lead(long term) {
    resign();
    CompletableFuture<Void> inherited = start.inherit();
    // From here on there may be other commands.
    active = new ActiveTerm(term, settings, log, probe, shard);
    return start.settle(inherited);
  }

  /** This node may lead again by the time it hears that it did not. */
  private void resignIfDeposed() {
    if (active != null && active.term() != quorum.leaderTerm()) {
      resign();
    }
  }

  private void resign() {
    if (active != null) {
      active.end();
      active = null;
    }
  }

  /**
   * A broker's process has started. It is fenced until its {@link #heartbeat} says that it has
   * caught up. A refusal is in the response; answered when it is applied, before it is published.
   */
  public CompletableFuture<BrokerRegistrationResponse> registerBroker(
      BrokerRegistrationRequest request) {
    return whileActive(term -> brokerCalls.register(term, request));
  }

  /**
   * A broker is alive, and says how far it has got and what it wants. Answered as with {@link
   * #registerBroker}.
   */
  public CompletableFuture<BrokerHeartbeatResponse> heartbeat(BrokerHeartbeatRequest request) {
    return whileActive(term -> heartbeats.heartbeat(term, request));
  }

  /**
   * A broker is known to have published the metadata up to an offset, by other ways than its
   * heartbeat: who waits for it need not wait for that. Any thread.
   */
  public void progressed(int brokerId, long metadataOffset) {
    shard.submit(
        () -> {
          if (active != null) {
            active.sessions().progressed(brokerId, metadataOffset);
          }
        });
  }

  /** A connection that a broker sent heartbeats by is broken: it may be gone. Any thread. */
  public void connectionLost(int brokerId) {
    shard.submit(
        () -> {
          if (active != null) {
            active.absences().suspect(brokerId);
          }
        });
  }

  /**
   * A leader wants other in-sync replicas; each partition by itself. Answered as with {@link
   * #registerBroker}.
   */
  public CompletableFuture<AlterPartitionResponse> alterPartition(AlterPartitionRequest request) {
    return whileActive(term -> brokerCalls.alterPartition(term, request));
  }

  /**
   * A broker tells which of its replicas lie in log directories that serve, and which do not; each
   * partition by itself. Answered as with {@link #registerBroker}.
   */
  public CompletableFuture<AssignReplicasToDirsResponse> assignReplicasToDirs(
      AssignReplicasToDirsRequest request) {
    return whileActive(term -> directoryCalls.assign(term, request));
  }

  /**
   * Gives a broker {@value ProducerIdBlock#COUNT} producer ids that nobody ever had. Answered as
   * with {@link #registerBroker}.
   */
  public CompletableFuture<AllocateProducerIdsResponse> allocateProducerIds(
      AllocateProducerIdsRequest request) {
    return whileActive(term -> brokerCalls.allocateProducerIds(term, request));
  }

  /** On a node that is not the active controller, nothing is looked up in an older image. */
  private <T> CompletableFuture<T> whileActive(Function<ActiveTerm, CompletableFuture<T>> call) {
    return thread.call(
        () -> {
          if (active == null) {
            throw new ControllerException(
                ErrorCode.NOT_CONTROLLER, ErrorCode.NOT_CONTROLLER.message());
          }
          return call.apply(active);
        });
  }

  /** Forgets a broker that is gone for good. A refusal is in the response. */
  public CompletableFuture<UnregisterBrokerResponse> unregisterBroker(
      UnregisterBrokerRequest request) {
    return whileActive(
        term ->
            log.submit(new UnregisterBroker(request.brokerId()))
                .handle(
                    (done, failure) -> {
                      if (failure == null) {
                        return new UnregisterBrokerResponse();
                      }
                      ControllerException cause = ControllerException.of(failure);
                      if (cause.error() != ErrorCode.BROKER_ID_NOT_REGISTERED) {
                        throw cause;
                      }
                      return new UnregisterBrokerResponse()
                          .errorCode(cause.error().code())
                          .errorMessage(cause.getMessage());
                    }));
  }

  /** Elects leaders, preferred or unclean ones; each partition by itself. */
  public CompletableFuture<ElectLeadersResponse> electLeaders(ElectLeadersRequest request) {
    return whileActive(term -> partitionCalls.elect(request));
  }

  /** Moves partitions to other brokers or cancels their moves (KIP-455); each by itself. */
  public CompletableFuture<AlterPartitionReassignmentsResponse> alterPartitionReassignments(
      AlterPartitionReassignmentsRequest request) {
    return whileActive(term -> partitionCalls.reassign(request));
  }

  /** Gives features other levels, all or none. A refusal is in the response. */
  public CompletableFuture<UpdateFeaturesResponse> updateFeatures(UpdateFeaturesRequest request) {
    return whileActive(term -> featureCalls.update(request));
  }

  /**
   * Creates topics, each by itself.
   *
   * @param validateOnly only to tell what would happen
   * @return one result per name, in the order of first mention; fails with POLICY_VIOLATION for
   *     more than {@link #MAX_PARTITIONS_PER_REQUEST} partitions
   */
  public CompletableFuture<List<TopicResult>> createTopics(
      List<NewTopic> topics, boolean validateOnly) {
    if (topics.stream().mapToLong(topicPlanner::partitionsAskedFor).sum()
        > MAX_PARTITIONS_PER_REQUEST) {
      return tooManyPartitions();
    }
    Map<String, TopicResult> results = new LinkedHashMap<>();
    Map<String, NewTopic> wanted = new LinkedHashMap<>();
    for (NewTopic topic : topics) {
      if (topic.name().equals(TopicNames.CLUSTER_METADATA)) {
        results.put(
            topic.name(),
            refused(topic.name(), "The topic " + topic.name() + " cannot be created."));
      } else if (results.put(topic.name(), null) != null
          || wanted.put(topic.name(), topic) != null) {
        results.put(topic.name(), refused(topic.name(), "Duplicate topic name."));
        wanted.remove(topic.name());
      }
    }
    List<NewTopic> planned = List.copyOf(wanted.values());
    return carryOut(
        new PlannedBatch<>(log, thread, topicPlanner::place, CreateTopics::new),
        planned,
        validateOnly,
        outcomes -> {
          for (int i = 0; i < planned.size(); i++) {
            String name = planned.get(i).name();
            results.put(name, topicResult(name, outcomes.get(i)));
          }
          return List.copyOf(results.values());
        });
  }

  private static TopicResult refused(String name, String message) {
    return TopicResult.refused(name, ItemResult.refused(ErrorCode.INVALID_REQUEST, message));
  }

  private static TopicResult topicResult(String name, Outcome<PlacedTopic> outcome) {
    return outcome.result().isDone()
        ? TopicResult.created(outcome.planned())
        : TopicResult.refused(name, outcome.result());
  }

  /** Deletes topics, each by itself; one result per id, in order. */
  public CompletableFuture<List<ItemResult>> deleteTopics(List<Uuid> topicIds) {
    return whileActive(
        term ->
            topicIds.isEmpty()
                ? CompletableFuture.completedFuture(List.of())
                : log.submitAll(topicIds, DeleteTopics::new));
  }

  /**
   * Adds partitions to topics, each by itself.
   *
   * @param validateOnly only to tell what would happen
   * @return one result per request, in order; fails with POLICY_VIOLATION for more than {@link
   *     #MAX_PARTITIONS_PER_REQUEST} new partitions
   */
  public CompletableFuture<List<ItemResult>> createPartitions(
      List<NewPartitions> requests, boolean validateOnly) {
    MetadataImage image = log.image();
    if (requests.stream()
            .mapToLong(request -> TopicPlanner.partitionsAskedFor(image, request))
            .sum()
        > MAX_PARTITIONS_PER_REQUEST) {
      return tooManyPartitions();
    }
    return carryOut(
        new PlannedBatch<NewPartitions, PlacedPartitions>(
            log, thread, topicPlanner::place, CreatePartitions::new),
        requests,
        validateOnly,
        outcomes -> outcomes.stream().map(Outcome::result).toList());
  }

  /**
   * Changes single settings; all of a resource or none. Changes of one resource are made in the
   * order they come.
   *
   * @param validateOnly only to tell what would happen
   * @return a result for each resource
   */
  public CompletableFuture<Map<ConfigResource, ItemResult>> incrementalAlterConfigs(
      Map<ConfigResource, List<ConfigOperation>> operations, boolean validateOnly) {
    return alter(operations, configPlanner::incremental, validateOnly);
  }

  /**
   * Replaces all settings of resources (the older protocol's way).
   *
   * @param validateOnly only to tell what would happen
   * @return a result for each resource
   */
  public CompletableFuture<Map<ConfigResource, ItemResult>> alterConfigs(
      Map<ConfigResource, Map<String, String>> configs, boolean validateOnly) {
    return alter(configs, configPlanner::replacing, validateOnly);
  }

  private <V> CompletableFuture<Map<ConfigResource, ItemResult>> alter(
      Map<ConfigResource, V> asked, ConfigPlanner.Plan<V> plan, boolean validateOnly) {
    List<ConfigResource> resources = List.copyOf(asked.keySet());
    PlannedBatch<ConfigResource, NewConfigs> batch =
        new PlannedBatch<>(
            log,
            thread,
            (image, resource) -> plan.of(image, resource, asked.get(resource)),
            AlterConfigs::new);
    return settingsTurns.take(
        validateOnly ? List.of() : resources,
        () ->
            carryOut(
                batch,
                resources,
                validateOnly,
                outcomes -> {
                  Map<ConfigResource, ItemResult> results = new LinkedHashMap<>();
                  for (int i = 0; i < resources.size(); i++) {
                    results.put(resources.get(i), outcomes.get(i).result());
                  }
                  return results;
                }));
  }

  /** Whether this node leads the quorum and has applied all that was ever committed. Any thread. */
  public boolean isActive() {
    return quorum.leaderTerm() >= 0;
  }

  /** The node whose controller is active as far as this one knows, or -1. Any thread. */
  public int activeId() {
    return isActive() ? settings.nodeId() : quorum.state().leaderId();
  }

  /** Stops taking part in the quorum; blocks until it has. */
  @Override
  public void close() {
    quorum.close();
    shard.submit(this::resign);
  }

  private <Q, P, R> CompletableFuture<R> carryOut(
      PlannedBatch<Q, P> batch,
      List<Q> requests,
      boolean validateOnly,
      Function<List<Outcome<P>>, R> answer) {
    return whileActive(
        term ->
            validateOnly
                ? CompletableFuture.completedFuture(answer.apply(batch.validate(requests)))
                : batch.carryOut(requests).thenApply(answer));
  }

  private static <T> CompletableFuture<T> tooManyPartitions() {
    return CompletableFuture.failedFuture(
        new ControllerException(
            ErrorCode.POLICY_VIOLATION,
            "Excessively large number of partitions per request: at most "
                + MAX_PARTITIONS_PER_REQUEST
                + " are allowed."));
  }
}
