package io.ottla.broker.config;

import io.ottla.broker.lifecycle.LifecycleSettings;
import io.ottla.broker.net.SocketSettings;
import io.ottla.metadata.config.BrokerConfigLayers;
import io.ottla.metadata.config.BrokerConfigRules;
import io.ottla.metadata.config.BrokerKeys;
import io.ottla.metadata.config.ConfigDefinition;
import io.ottla.metadata.config.ConfigProblem;
import io.ottla.metadata.config.ConfigSynonyms;
import io.ottla.metadata.config.ConfigValues;
import io.ottla.metadata.config.ConnectionOverrides;
import io.ottla.replication.ReplicationConfig;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;

/** Reads one configuration; gathers all its problems before it gives up. */
final class BrokerConfigReader {

  /** Without a value, these depend on how many brokers there are. */
  static final List<String> REPLICATION_FACTORS =
      List.of(
          "default.replication.factor",
          "offsets.topic.replication.factor",
          "transaction.state.log.replication.factor",
          "share.coordinator.state.topic.replication.factor");

  private static final String REPLICA_SELECTOR = "replica.selector.class";

  private static final String SAME_RACK =
      "org.apache.kafka.common.replica.RackAwareReplicaSelector";
  private static final String LEADER = "org.apache.kafka.common.replica.LeaderSelector";

  private static final List<String> GROUP_PROTOCOLS = List.of("classic", "consumer");

  /** What Ottla takes where Kafka has no default, or one that is not safe to start with. */
  private static final Map<String, String> IMPLIED =
      Map.of(
          "process.roles", "broker,controller",
          "node.id", "1",
          "broker.id", "1",
          "controller.listener.names", "CONTROLLER",
          "listeners", "PLAINTEXT://127.0.0.1:9092",
          "log.dirs", "data",
          "queued.max.request.bytes", "134217728");

  private static final String OTTLA_PREFIX = "ottla.";
  private static final String NODE_ID = "node.id";
  private static final String BROKER_ID = "broker.id";
  private static final int MAX_NETWORK_THREADS = 1024;

  private final Path baseDirectory;
  private final Map<String, String> given;
  private final List<ConfigProblem> problems;
  private final List<ConfigNote> notes = new ArrayList<>();
  private final BrokerConfigLayers layers;
  private final ConfigValues values;

  private BrokerConfigReader(
      Path baseDirectory, Map<String, String> given, List<ConfigProblem> problems) {
    this.baseDirectory = baseDirectory;
    this.given = given;
    this.problems = problems;
    Map<String, String> implied = new HashMap<>(IMPLIED);
    unifyNodeId(implied);
    if (given.containsKey("log.dir")) {
      implied.remove("log.dirs");
    }
    given.forEach(this::checkKey);
    this.layers = BrokerConfigLayers.of(given, implied);
    this.values = layers.values();
  }

  static BrokerConfig read(Path file, List<String> overrides, Path baseDirectory)
      throws InvalidBrokerConfigException {
    List<ConfigProblem> problems = new ArrayList<>();
    Map<String, String> given = PropertiesFile.read(file, problems);
    PropertiesFile.override(given, overrides, problems);
    BrokerConfig config = new BrokerConfigReader(baseDirectory, given, problems).read();
    if (!problems.isEmpty()) {
      throw new InvalidBrokerConfigException(file.toString(), problems);
    }
    return config;
  }

  /** node.id and its older name are one. */
  private void unifyNodeId(Map<String, String> implied) {
    String nodeId = given.get(NODE_ID);
    String brokerId = given.get(BROKER_ID);
    if (nodeId != null && brokerId != null && !nodeId.trim().equals(brokerId.trim())) {
      problems.add(ConfigProblem.of(BROKER_ID, brokerId, "must equal node.id=" + nodeId));
    } else if (nodeId != null) {
      given.put(BROKER_ID, nodeId);
    } else if (brokerId != null) {
      given.put(NODE_ID, brokerId);
    }
    if (nodeId != null || brokerId != null) {
      implied.remove(BROKER_ID);
    }
  }

  private void checkKey(String key, String value) {
    String base = ConfigSynonyms.withoutListener(key).orElse(key);
    Optional<ConfigDefinition> definition = BrokerKeys.find(base);
    if (definition.isEmpty() && key.startsWith(OTTLA_PREFIX)) {
      problems.add(ConfigProblem.of(key, value, "is not a key of Ottla"));
      return;
    }
    Optional<ConfigProblem> problem = definition.flatMap(found -> found.problem(value));
    if (problem.isPresent()) {
      problems.add(ConfigProblem.of(key, problem.get().value(), problem.get().reason()));
    } else {
      KeySupport.judge(key, value, problems, notes);
    }
  }

  private BrokerConfig read() {
    checkRules();
    NodeConfig node = node();
    ListenersConfig listeners = ListenersReader.read(values, given, node, problems);
    return new BrokerConfig(
        node,
        listeners,
        TlsReader.read(values, given, listeners, baseDirectory, problems),
        sockets(),
        connectionLimits(),
        QuorumReader.read(values, node, given.containsKey(NODE_ID), problems),
        membership(),
        controller(),
        logDirs(),
        housekeeping(),
        shards(),
        new FetchConfig(
            values.intValue("fetch.max.bytes"),
            values.intValue("max.incremental.fetch.session.cache.slots"),
            fromSameRack(),
            values.intValue("ottla.read.ahead.threads")),
        replication(listeners),
        new TopicDefaults(
            values.intValue("num.partitions"),
            given.containsKey("num.partitions"),
            replicationFactor("default.replication.factor"),
            values.flag("auto.create.topics.enable"),
            values.flag("delete.topic.enable")),
        groups(),
        internalTopic("offsets.topic", Optional.empty()),
        internalTopic("transaction.state.log", Optional.of("transaction.state.log.min.isr")),
        values.intValue("max.request.partition.size.limit"),
        layers,
        notes);
  }

  /** Rules between keys, as far as the keys themselves are fine. */
  private void checkRules() {
    Set<String> bad = problems.stream().map(ConfigProblem::key).collect(Collectors.toSet());
    BrokerConfigRules.problems(values).stream()
        .filter(problem -> !bad.contains(problem.key()))
        .filter(problem -> bad.stream().noneMatch(problem.reason()::contains))
        .forEach(problems::add);
    long heartbeatMs = values.longValue("broker.heartbeat.interval.ms");
    long sessionMs = values.longValue("broker.session.timeout.ms");
    if (heartbeatMs * 2 > sessionMs) {
      notes.add(
          new ConfigNote(
              ConfigNote.Level.WARNING,
              "broker.heartbeat.interval.ms="
                  + heartbeatMs
                  + " should be at most half of broker.session.timeout.ms="
                  + sessionMs));
    }
  }

  private NodeConfig node() {
    Set<NodeConfig.Role> roles =
        values.list("process.roles").stream()
            .map(role -> NodeConfig.Role.valueOf(role.toUpperCase(Locale.ROOT)))
            .collect(Collectors.toSet());
    return new NodeConfig(
        values.intValue(NODE_ID),
        roles,
        values.optionalText("broker.rack"),
        values.flag("unstable.feature.versions.enable"),
        values.flag("unstable.api.versions.enable"));
  }

  private SocketSettings sockets() {
    int networkThreads = values.intValue("num.network.threads");
    if (networkThreads > MAX_NETWORK_THREADS) {
      problem("num.network.threads", networkThreads, "must be at most " + MAX_NETWORK_THREADS);
    }
    return new SocketSettings(
        values.text("ottla.transport"),
        networkThreads,
        values.intValue("socket.request.max.bytes"),
        values.longValue("queued.max.request.bytes"),
        values.longValue("connections.max.idle.ms"),
        bufferBytes("socket.send.buffer.bytes"),
        bufferBytes("socket.receive.buffer.bytes"));
  }

  /** -1 leaves the size to the machine; Kafka checks these only when it makes a socket. */
  private OptionalInt bufferBytes(String key) {
    int bytes = values.intValue(key);
    if (bytes == 0 || bytes < -1) {
      problem(key, bytes, "must be at least 1, or -1 for the machine's default");
    }
    return bytes > 0 ? OptionalInt.of(bytes) : OptionalInt.empty();
  }

  private ConnectionLimitsConfig connectionLimits() {
    String key = "max.connections.per.ip.overrides";
    Map<InetAddress, Integer> overrides = new HashMap<>();
    ConnectionOverrides.parse(values.text(key))
        .perHost()
        .forEach(
            (host, count) -> {
              try {
                for (InetAddress address : InetAddress.getAllByName(host)) {
                  overrides.put(address, count);
                }
              } catch (UnknownHostException e) {
                problems.add(ConfigProblem.of(key, host, "this host is not known"));
              }
            });
    return new ConnectionLimitsConfig(
        values.intValue("max.connections"), values.intValue("max.connections.per.ip"), overrides);
  }

  private LifecycleSettings membership() {
    return new LifecycleSettings(
        values.intValue("broker.heartbeat.interval.ms"),
        values.intValue("broker.session.timeout.ms"),
        values.intValue("initial.broker.registration.timeout.ms"));
  }

  private ControllerConfig controller() {
    return new ControllerConfig(
        values.intValue("min.insync.replicas"),
        values.flag("unclean.leader.election.enable"),
        values.flag("auto.leader.rebalance.enable"),
        TimeUnit.SECONDS.toMillis(values.longValue("leader.imbalance.check.interval.seconds")));
  }

  private LogDirsConfig logDirs() {
    String key = values.isSet("log.dirs") ? "log.dirs" : "log.dir";
    List<Path> dirs = new ArrayList<>();
    for (String dir : values.list(key)) {
      Path path = absolute(dir);
      if (dirs.contains(path)) {
        problems.add(ConfigProblem.of(key, dir, "is the same directory as another entry"));
      }
      dirs.add(path);
    }
    Path metadataDir =
        values.optionalText("metadata.log.dir").map(this::absolute).orElse(dirs.getFirst());
    return new LogDirsConfig(
        dirs,
        metadataDir,
        values.intValue("num.recovery.threads.per.data.dir"),
        values.longValue("log.dir.free.bytes.min"),
        values.longValue("log.dir.failure.timeout.ms"));
  }

  private Path absolute(String dir) {
    return baseDirectory.resolve(dir).toAbsolutePath().normalize();
  }

  /** Kafka loads any class; it brings two, and those are known here by their names. */
  private boolean fromSameRack() {
    String selector = values.optionalText(REPLICA_SELECTOR).orElse("");
    if (!selector.isEmpty() && !selector.equals(LEADER) && !selector.equals(SAME_RACK)) {
      problems.add(
          ConfigProblem.of(
              REPLICA_SELECTOR, selector, "no other class is known than " + SAME_RACK));
    }
    return selector.equals(SAME_RACK);
  }

  private HousekeepingConfig housekeeping() {
    return new HousekeepingConfig(
        intervalMs("log.retention.check.interval.ms"),
        intervalMs("log.flush.scheduler.interval.ms"),
        intervalMs("log.flush.offset.checkpoint.interval.ms"),
        intervalMs("replica.high.watermark.checkpoint.interval.ms"),
        intervalMs("producer.id.expiration.check.interval.ms"));
  }

  /** Kafka allows 0 for some, which is as often as can be. */
  private long intervalMs(String key) {
    return Math.max(1, values.longValue(key));
  }

  private ReplicationConfig replication(ListenersConfig listeners) {
    return new ReplicationConfig(
        listeners.interBrokerListener().orElse(""),
        values.longValue("replica.lag.time.max.ms"),
        values.intValue("num.replica.fetchers"),
        values.intValue("replica.fetch.min.bytes"),
        values.intValue("replica.fetch.max.bytes"),
        values.intValue("replica.fetch.response.max.bytes"),
        values.intValue("replica.fetch.wait.max.ms"),
        values.intValue("replica.fetch.backoff.ms"),
        values.intValue("replica.socket.timeout.ms"),
        values.intValue("replication.quota.window.num"),
        values.intValue("replication.quota.window.size.seconds"));
  }

  private ShardConfig shards() {
    int shards = values.intValue("ottla.shards");
    return new ShardConfig(
        shards > 0 ? shards : defaultShards(),
        values.intValue("ottla.shard.ring.size"),
        values.intValue("ottla.shard.spins"));
  }

  /** Half of the processors: network threads need theirs, and fewer shards hand over less. */
  private static int defaultShards() {
    return Math.max(1, Runtime.getRuntime().availableProcessors() / 2);
  }

  private GroupsConfig groups() {
    problems.addAll(GroupAssignors.problems(values));
    String key = "group.coordinator.rebalance.protocols";
    if (given.containsKey(key)) {
      values.list(key).stream()
          .filter(protocol -> !GROUP_PROTOCOLS.contains(protocol))
          .forEach(
              protocol ->
                  notes.add(
                      new ConfigNote(
                          ConfigNote.Level.WARNING,
                          key + ": groups of the protocol " + protocol + " are not offered yet")));
    }
    return new GroupsConfig(
        values.list(key).contains("consumer"),
        values.longValue("group.journal.retention.ms"),
        values.intValue("group.lag.interval.ms"));
  }

  private InternalTopicConfig internalTopic(String prefix, Optional<String> minIsrKey) {
    return new InternalTopicConfig(
        values.intValue(prefix + ".num.partitions"),
        replicationFactor(prefix + ".replication.factor"),
        values.intValue(prefix + ".segment.bytes"),
        minIsrKey
            .filter(given::containsKey)
            .map(key -> OptionalInt.of(values.intValue(key)))
            .orElse(OptionalInt.empty()));
  }

  private ReplicationFactor replicationFactor(String key) {
    return new ReplicationFactor(
        given.containsKey(key) ? OptionalInt.of((int) values.longValue(key)) : OptionalInt.empty());
  }

  private void problem(String key, int value, String reason) {
    problems.add(ConfigProblem.of(key, Integer.toString(value), reason));
  }
}
