package io.ottla.metadata.controller;

import static io.ottla.metadata.controller.SingleNode.get;

import io.ottla.metadata.controller.ControllerSettings.LeaderBalance;
import io.ottla.metadata.image.BrokerImage;
import io.ottla.metadata.image.ConfigResource;
import io.ottla.metadata.image.FeatureRange;
import io.ottla.metadata.image.LeaderRecoveryState;
import io.ottla.metadata.image.MetadataDelta;
import io.ottla.metadata.image.MetadataImage;
import io.ottla.metadata.image.MetadataPublication;
import io.ottla.metadata.image.PartitionImage;
import io.ottla.metadata.quorum.QuorumException;
import io.ottla.wire.ErrorCode;
import io.ottla.wire.Uuid;
import io.ottla.wire.message.AlterPartitionReassignmentsRequest;
import io.ottla.wire.message.AlterPartitionReassignmentsRequest.ReassignablePartition;
import io.ottla.wire.message.AlterPartitionReassignmentsRequest.ReassignableTopic;
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
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CompletableFuture;

/**
 * A controller of several brokers, with eligible leaders, over a quorum in memory; in one thread.
 */
final class Cluster {

  static final long SESSION_MS = 9_000;

  /** Stands for directories that do not serve, in the protocol. */
  static final Uuid LOST = new Uuid(0, 2);

  /** Settings of a cluster to be made. */
  static final class Options {
    Map<String, Short> features = FeatureCatalog.firstLevels();
    boolean uncleanElection;
    int minInsyncReplicas = 1;
    LeaderBalance balance = new LeaderBalance(false, 300_000, 10);
    long seed = 1;

    /** What its commands fail with, from the start on; null for nothing. */
    QuorumException firstFailure;

    /** Whose metadata it takes over. */
    Predecessor predecessor = Predecessor.NONE;
  }

  final DirectQuorum quorum = new DirectQuorum();
  final PromptShard shard = new PromptShard();
  final List<MetadataDelta> deltas = new ArrayList<>();
  final MetadataPublication publication =
      new MetadataPublication(
          MetadataImage.empty("cluster"),
          Runnable::run,
          failure -> {
            throw new AssertionError(failure);
          });
  final ControllerStateMachine stateMachine = new ControllerStateMachine("cluster", publication);
  final Controller controller;

  /** What its start came to. */
  final CompletableFuture<Void> started;

  private long nextId = 100;

  Cluster() {
    this(new Options());
  }

  Cluster(Options options) {
    quorum.serve(stateMachine);
    publication.add((image, published) -> deltas.addAll(published));
    controller =
        new Controller(
            quorum,
            stateMachine,
            publication,
            new LenientRules(),
            new ControllerSettings(
                1,
                1,
                brokers -> Math.min(3, brokers),
                options.minInsyncReplicas,
                options.uncleanElection,
                SESSION_MS,
                options.balance,
                options.features,
                FeatureCatalog.supportedLevels(),
                new Random(options.seed),
                () -> new Uuid(5, nextId++)),
            shard);
    controller.succeed(options.predecessor);
    quorum.failWith(options.firstFailure);
    started = controller.start();
    if (options.firstFailure == null) {
      get(started);
    }
  }

  MetadataImage image() {
    return stateMachine.image();
  }

  BrokerImage broker(int id) {
    return image().broker(id);
  }

  PartitionImage partition(String topic, int number) {
    return image().topic(topic).partition(number);
  }

  static BrokerRegistrationRequest registration(int id, long previousEpoch, Uuid... directories) {
    List<BrokerRegistrationRequest.Feature> features = new ArrayList<>();
    for (Map.Entry<String, FeatureRange> feature : FeatureCatalog.supportedLevels().entrySet()) {
      features.add(
          new BrokerRegistrationRequest.Feature()
              .name(feature.getKey())
              .minSupportedVersion(feature.getValue().min())
              .maxSupportedVersion(feature.getValue().max()));
    }
    return new BrokerRegistrationRequest()
        .brokerId(id)
        .clusterId("cluster")
        .incarnationId(Uuid.random())
        .listeners(
            List.of(
                new BrokerRegistrationRequest.Listener()
                    .name("PLAINTEXT")
                    .host("127.0.0.1")
                    .port(9092 + id)))
        .features(features)
        .logDirs(directories.length == 0 ? List.of(directory(id)) : List.of(directories))
        .previousBrokerEpoch(previousEpoch);
  }

  static Uuid directory(int id) {
    return new Uuid(77, id);
  }

  BrokerRegistrationResponse register(BrokerRegistrationRequest request) {
    return get(controller.registerBroker(request));
  }

  /** Registers a broker that did not stop cleanly, and lets it catch up. */
  long start(int id) {
    return start(id, -1);
  }

  long start(int id, long previousEpoch) {
    BrokerRegistrationResponse response = register(registration(id, previousEpoch));
    if (response.errorCode() != ErrorCode.NONE.code()) {
      throw new AssertionError(ErrorCode.forCode(response.errorCode()));
    }
    beat(id);
    return response.brokerEpoch();
  }

  Cluster with(int... ids) {
    for (int id : ids) {
      start(id);
    }
    return this;
  }

  BrokerHeartbeatRequest heartbeat(int id) {
    return new BrokerHeartbeatRequest()
        .brokerId(id)
        .brokerEpoch(broker(id).epoch())
        .currentMetadataOffset(image().offset());
  }

  /** A heartbeat of a broker that is up to date. */
  BrokerHeartbeatResponse beat(int id) {
    return get(controller.heartbeat(heartbeat(id)));
  }

  BrokerHeartbeatResponse beat(BrokerHeartbeatRequest request) {
    return get(controller.heartbeat(request));
  }

  void fence(int id) {
    beat(heartbeat(id).wantFence(true).wantShutDown(true));
  }

  /** Creates a topic whose partitions have these replicas. */
  void create(String name, Map<String, String> configs, List<?>... replicas) {
    List<NewTopic.Assignment> assignments = new ArrayList<>();
    for (List<?> ids : replicas) {
      assignments.add(
          new NewTopic.Assignment(
              assignments.size(), ids.stream().map(id -> (Integer) id).toList()));
    }
    TopicResult result =
        get(controller.createTopics(
                List.of(new NewTopic(name, -1, -1, assignments, configs)), false))
            .getFirst();
    if (result.error() != ErrorCode.NONE) {
      throw new AssertionError(result.message());
    }
  }

  void create(String name, List<?>... replicas) {
    create(name, Map.of(), replicas);
  }

  void configure(ConfigResource resource, String key, String value) {
    ItemResult result = tryConfigure(resource, key, value);
    if (!result.isDone()) {
      throw new AssertionError(result.message());
    }
  }

  /** Sets a value, or deletes it when it is null. */
  ItemResult tryConfigure(ConfigResource resource, String key, String value) {
    ConfigOperation.Type type =
        value == null ? ConfigOperation.Type.DELETE : ConfigOperation.Type.SET;
    return get(controller.incrementalAlterConfigs(
            Map.of(resource, List.of(new ConfigOperation(type, key, value))), false))
        .get(resource);
  }

  /** What the leader of a partition would send to have these in-sync replicas. */
  AlterPartitionRequest.PartitionData isr(String topic, int number, int... isr) {
    PartitionImage now = partition(topic, number);
    return new AlterPartitionRequest.PartitionData()
        .partitionIndex(number)
        .leaderEpoch(now.leaderEpoch())
        .partitionEpoch(now.partitionEpoch())
        .leaderRecoveryState(LeaderRecoveryState.RECOVERED.id())
        .newIsrWithEpochs(
            Arrays.stream(isr)
                .mapToObj(
                    id ->
                        new AlterPartitionRequest.BrokerState()
                            .brokerId(id)
                            .brokerEpoch(broker(id) == null ? -1 : broker(id).epoch()))
                .toList());
  }

  AlterPartitionResponse alter(
      int leader, String topic, AlterPartitionRequest.PartitionData... partitions) {
    return get(
        controller.alterPartition(
            new AlterPartitionRequest()
                .brokerId(leader)
                .brokerEpoch(broker(leader).epoch())
                .topics(
                    List.of(
                        new AlterPartitionRequest.TopicData()
                            .topicId(image().topic(topic).id())
                            .partitions(List.of(partitions))))));
  }

  /** The leader changes the in-sync replicas; returns the partition's error. */
  ErrorCode alterIsr(String topic, int number, int... isr) {
    return error(alter(partition(topic, number).leader(), topic, isr(topic, number, isr)));
  }

  static ErrorCode error(AlterPartitionResponse response) {
    return ErrorCode.forCode(
        response.errorCode() != 0
            ? response.errorCode()
            : response.topics().getFirst().partitions().getFirst().errorCode());
  }

  /** Errors by "topic-partition". */
  Map<String, ErrorCode> elect(boolean unclean, Map<String, List<Integer>> partitions) {
    ElectLeadersResponse response =
        get(
            controller.electLeaders(
                new ElectLeadersRequest()
                    .electionType((byte) (unclean ? 1 : 0))
                    .topicPartitions(
                        partitions == null
                            ? null
                            : partitions.entrySet().stream()
                                .map(
                                    entry ->
                                        new ElectLeadersRequest.TopicPartitions()
                                            .topic(entry.getKey())
                                            .partitions(entry.getValue()))
                                .toList())));
    Map<String, ErrorCode> errors = new LinkedHashMap<>();
    response
        .replicaElectionResults()
        .forEach(
            topic ->
                topic
                    .partitionResult()
                    .forEach(
                        partition ->
                            errors.put(
                                topic.topic() + "-" + partition.partitionId(),
                                ErrorCode.forCode(partition.errorCode()))));
    return errors;
  }

  /** Moves a partition, or cancels its move when there are no replicas. */
  ErrorCode reassign(String topic, int number, List<Integer> replicas) {
    return reassign(topic, number, replicas, true);
  }

  ErrorCode reassign(String topic, int number, List<Integer> replicas, boolean otherFactor) {
    return ErrorCode.forCode(
        get(controller.alterPartitionReassignments(
                new AlterPartitionReassignmentsRequest()
                    .allowReplicationFactorChange(otherFactor)
                    .topics(
                        List.of(
                            new ReassignableTopic()
                                .name(topic)
                                .partitions(
                                    List.of(
                                        new ReassignablePartition()
                                            .partitionIndex(number)
                                            .replicas(replicas)))))))
            .responses()
            .getFirst()
            .partitions()
            .getFirst()
            .errorCode());
  }

  /** A broker says that its replica lies in a directory; returns the partition's error. */
  ErrorCode assign(int id, Uuid directory, Uuid topicId, int number) {
    return assign(id, broker(id) == null ? -1 : broker(id).epoch(), directory, topicId, number);
  }

  ErrorCode assign(int id, long epoch, Uuid directory, Uuid topicId, int number) {
    AssignReplicasToDirsResponse response =
        get(
            controller.assignReplicasToDirs(
                new AssignReplicasToDirsRequest()
                    .brokerId(id)
                    .brokerEpoch(epoch)
                    .directories(
                        List.of(
                            new AssignReplicasToDirsRequest.DirectoryData()
                                .id(directory)
                                .topics(
                                    List.of(
                                        new AssignReplicasToDirsRequest.TopicData()
                                            .topicId(topicId)
                                            .partitions(
                                                List.of(
                                                    new AssignReplicasToDirsRequest.PartitionData()
                                                        .partitionIndex(number)))))))));
    return ErrorCode.forCode(
        response.errorCode() != 0
            ? response.errorCode()
            : response
                .directories()
                .getFirst()
                .topics()
                .getFirst()
                .partitions()
                .getFirst()
                .errorCode());
  }

  /** A broker's directory with a replica does not serve. */
  ErrorCode lose(int id, String topic, int number) {
    return assign(id, LOST, image().topic(topic).id(), number);
  }

  /** A broker's directory with a replica serves again. */
  ErrorCode serve(int id, String topic, int number) {
    return assign(id, directory(id), image().topic(topic).id(), number);
  }

  ErrorCode unregister(int id) {
    return ErrorCode.forCode(
        get(controller.unregisterBroker(new UnregisterBrokerRequest().brokerId(id))).errorCode());
  }
}
