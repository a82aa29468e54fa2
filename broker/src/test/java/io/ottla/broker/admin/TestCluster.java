package io.ottla.broker.admin;

import io.ottla.broker.config.BrokerConfig;
import io.ottla.broker.config.BrokerLayers;
import io.ottla.broker.config.InvalidBrokerConfigException;
import io.ottla.metadata.config.BrokerConfigLayers;
import io.ottla.metadata.config.ClientMetricsConfigs;
import io.ottla.metadata.config.ConfigCatalog;
import io.ottla.metadata.config.ConfigDefinition;
import io.ottla.metadata.config.ConfigProblem;
import io.ottla.metadata.config.DynamicBrokerConfigs;
import io.ottla.metadata.config.GroupConfigs;
import io.ottla.metadata.config.TopicConfigs;
import io.ottla.metadata.controller.CommandResult;
import io.ottla.metadata.controller.ConfigRules;
import io.ottla.metadata.controller.Controller;
import io.ottla.metadata.controller.ControllerException;
import io.ottla.metadata.controller.ControllerSettings;
import io.ottla.metadata.controller.ControllerStateMachine;
import io.ottla.metadata.controller.NewTopic;
import io.ottla.metadata.controller.TopicResult;
import io.ottla.metadata.image.ConfigResource;
import io.ottla.metadata.image.MetadataImage;
import io.ottla.metadata.image.MetadataPublication;
import io.ottla.metadata.quorum.MetadataQuorum;
import io.ottla.metadata.quorum.QuorumState;
import io.ottla.metadata.quorum.Voter;
import io.ottla.runtime.Clock;
import io.ottla.runtime.ManualClock;
import io.ottla.runtime.ManualShard;
import io.ottla.runtime.Shard;
import io.ottla.runtime.ShardTask;
import io.ottla.runtime.Timer;
import io.ottla.wire.ErrorCode;
import io.ottla.wire.Uuid;
import io.ottla.wire.message.BrokerHeartbeatRequest;
import io.ottla.wire.message.BrokerRegistrationRequest;
import io.ottla.wire.message.BrokerRegistrationResponse;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Queue;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.function.Supplier;

/**
 * A cluster's metadata with the real controller, in one thread: a change is made and published
 * before the call that asks for it returns, unless answers are held back.
 */
public final class TestCluster implements Supplier<MetadataImage> {

  public static final int NODE_ID = 1;

  private final DirectQuorum quorum = new DirectQuorum();
  private final MetadataPublication publication;
  private final Controller controller;
  private final BrokerConfig config;
  private final BrokerLayers layers;

  private TestCluster(BrokerConfig config) {
    this.config = config;
    this.layers = new BrokerLayers(config);
    this.publication =
        new MetadataPublication(
            MetadataImage.empty("cluster"),
            new InOrder(),
            failure -> {
              throw new AssertionError(failure);
            });
    PromptShard shard = new PromptShard();
    ControllerStateMachine machine = new ControllerStateMachine("cluster", publication);
    quorum.machine = machine;
    this.controller =
        new Controller(
            quorum,
            machine,
            publication,
            new Rules(),
            new ControllerSettings(
                NODE_ID,
                config.topics().partitions(),
                config.topics().replicationFactor()::among,
                Map.of(),
                new Random(7),
                Uuid::random),
            shard);
    controller.start().join();
  }

  /** A cluster without brokers, whose node has a properties file of these lines. */
  public static TestCluster with(String... lines) {
    try {
      Path file = Files.createTempFile("server", ".properties");
      try {
        Files.writeString(file, String.join("\n", lines));
        return new TestCluster(BrokerConfig.load(file, List.of(), file.getParent()));
      } finally {
        Files.delete(file);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InvalidBrokerConfigException e) {
      throw new IllegalArgumentException(e);
    }
  }

  @Override
  public MetadataImage get() {
    return publication.published();
  }

  public Controller controller() {
    return controller;
  }

  /** Makes topics as the broker does for itself. */
  public TopicMaker topics() {
    return wanted -> controller.createTopics(wanted, false);
  }

  /** Changes settings as the broker does. */
  public ConfigChanges configs() {
    return new ClusterConfigs(
        controller,
        (api, request, timeoutMs) ->
            CompletableFuture.failedFuture(new IllegalStateException("no other node")));
  }

  public BrokerConfig config() {
    return config;
  }

  public BrokerConfigLayers layers(MetadataImage image) {
    return layers.apply(image);
  }

  /** From now on the quorum does not answer. */
  public void holdAnswers() {
    quorum.holds = true;
  }

  /** The quorum answers what it held back, and goes on. */
  public void releaseAnswers() {
    quorum.holds = false;
    quorum.held.forEach(Runnable::run);
    quorum.held.clear();
  }

  /** Another node leads. */
  public void loseLeadership() {
    quorum.term = -1;
  }

  /** This node leads again, after {@link #loseLeadership}. */
  public void lead() {
    quorum.term = 1;
  }

  /** Registers a broker that serves some listeners, and lets it lead. */
  public TestCluster broker(int id, String rack, String... listeners) {
    fenced(id, rack, listeners);
    beat(id, false);
    return this;
  }

  public TestCluster broker(int id) {
    return broker(id, null, "PLAINTEXT");
  }

  public TestCluster fenced(int id, String rack, String... listeners) {
    BrokerRegistrationRequest request =
        new BrokerRegistrationRequest()
            .brokerId(id)
            .clusterId("cluster")
            .incarnationId(Uuid.random())
            .rack(rack)
            .logDirs(List.of(new Uuid(77, id)))
            .features(List.of(new BrokerRegistrationRequest.Feature().name("metadata.version")))
            .listeners(
                Arrays.stream(listeners)
                    .map(
                        name ->
                            new BrokerRegistrationRequest.Listener()
                                .name(name)
                                .host(name.toLowerCase(Locale.ROOT) + id)
                                .port(9000 + id))
                    .toList());
    BrokerRegistrationResponse response = controller.registerBroker(request).join();
    if (response.errorCode() != ErrorCode.NONE.code()) {
      throw new IllegalArgumentException(ErrorCode.forCode(response.errorCode()).toString());
    }
    return this;
  }

  public void fence(int id) {
    beat(id, true);
  }

  /** A heartbeat of a broker that has seen all there is. */
  private void beat(int id, boolean wantFence) {
    controller
        .heartbeat(
            new BrokerHeartbeatRequest()
                .brokerId(id)
                .brokerEpoch(get().broker(id).epoch())
                .currentMetadataOffset(Long.MAX_VALUE)
                .wantFence(wantFence)
                .wantShutDown(wantFence))
        .join();
  }

  /** Makes a topic; returns its id. */
  public Uuid topic(String name, int partitions, int replicas, Map<String, String> configs) {
    TopicResult result =
        controller
            .createTopics(
                List.of(new NewTopic(name, partitions, replicas, List.of(), configs)), false)
            .join()
            .getFirst();
    if (result.error() != ErrorCode.NONE) {
      throw new IllegalArgumentException(result.message());
    }
    return result.topicId();
  }

  public Uuid topic(String name, int partitions) {
    return topic(name, partitions, 1, Map.of());
  }

  /** The rules as the broker gives them to its controller. */
  private final class Rules implements ConfigRules {

    @Override
    public void validate(
        ConfigResource resource, Map<String, String> existing, Map<String, String> configs) {
      BrokerConfigLayers now = layers.apply(get());
      List<ConfigProblem> problems =
          switch (resource.type()) {
            case TOPIC -> TopicConfigs.problems(existing, configs, now.values());
            case BROKER -> DynamicBrokerConfigs.problems(configs, !resource.name().isEmpty(), now);
            case GROUP -> GroupConfigs.problems(configs, now.values());
            case CLIENT_METRICS -> ClientMetricsConfigs.problems(resource.name(), configs);
            case KAFKA -> List.of();
          };
      if (!problems.isEmpty()) {
        throw new ControllerException(
            problems.getFirst().kind() == ConfigProblem.Kind.INVALID_REQUEST
                ? ErrorCode.INVALID_REQUEST
                : ErrorCode.INVALID_CONFIG,
            ConfigProblem.messages(problems));
      }
    }

    private ConfigDefinition definition(ConfigResource.Type type, String key) {
      return switch (type) {
        case TOPIC -> ConfigCatalog.TOPIC.find(key).orElse(null);
        case BROKER -> ConfigCatalog.BROKER.find(key).orElse(null);
        case GROUP -> ConfigCatalog.GROUP.find(key).orElse(null);
        case CLIENT_METRICS -> ConfigCatalog.CLIENT_METRICS.find(key).orElse(null);
        case KAFKA -> null;
      };
    }

    @Override
    public boolean isList(ConfigResource.Type type, String key) {
      ConfigDefinition definition = definition(type, key);
      return definition != null && definition.isList();
    }

    @Override
    public String defaultValue(ConfigResource.Type type, String key) {
      ConfigDefinition definition = definition(type, key);
      return definition == null ? null : definition.defaultText();
    }
  }

  /** Runs what it is given at once, but never one thing inside another. */
  private static final class InOrder implements Executor {

    private final Queue<Runnable> queue = new ArrayDeque<>();
    private boolean running;

    @Override
    public void execute(Runnable task) {
      queue.add(task);
      if (running) {
        return;
      }
      running = true;
      try {
        for (Runnable next = queue.poll(); next != null; next = queue.poll()) {
          next.run();
        }
      } finally {
        running = false;
      }
    }
  }

  /** A shard that runs what it is given at once, but never one task inside another. */
  private static final class PromptShard implements Shard {

    private final ManualShard shard = new ManualShard(new ManualClock(1_700_000_000_000L));
    private final InOrder inOrder = new InOrder();

    @Override
    public int id() {
      return shard.id();
    }

    @Override
    public boolean offer(ShardTask task) {
      submit(task);
      return true;
    }

    @Override
    public void submit(ShardTask task) {
      shard.submit(task);
      inOrder.execute(shard::turn);
    }

    @Override
    public Timer schedule(long delayMs, ShardTask task) {
      return shard.schedule(delayMs, task);
    }

    @Override
    public void atEndOfBatch(ShardTask task) {
      shard.atEndOfBatch(task);
    }

    @Override
    public boolean isOnShardThread() {
      return inOrder.running;
    }

    @Override
    public Clock clock() {
      return shard.clock();
    }
  }

  /** A quorum of one without a log. */
  private static final class DirectQuorum implements MetadataQuorum<CommandResult> {

    private ControllerStateMachine machine;
    private final List<Runnable> held = new ArrayList<>();
    private boolean holds;
    private long term = -1;
    private long index;

    @Override
    public void start() {
      term = 1;
      machine.onLeaderReady(term);
    }

    @Override
    public CompletableFuture<CommandResult> submit(byte[] command) {
      CompletableFuture<CommandResult> answer = new CompletableFuture<>();
      Runnable apply = () -> answer.complete(machine.apply(++index, 1, command));
      if (holds) {
        held.add(apply);
      } else {
        apply.run();
      }
      return answer;
    }

    @Override
    public long leaderTerm() {
      return term;
    }

    @Override
    public QuorumState state() {
      return QuorumState.UNKNOWN;
    }

    @Override
    public CompletableFuture<Void> addVoter(Voter voter) {
      throw new UnsupportedOperationException();
    }

    @Override
    public CompletableFuture<Void> removeVoter(int nodeId, Uuid directoryId) {
      throw new UnsupportedOperationException();
    }

    @Override
    public CompletableFuture<Void> transferLeadership() {
      return CompletableFuture.completedFuture(null);
    }

    @Override
    public void close() {
      term = -1;
    }
  }
}
