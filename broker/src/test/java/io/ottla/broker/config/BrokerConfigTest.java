package io.ottla.broker.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.ottla.metadata.config.BrokerConfigLayers;
import io.ottla.metadata.config.ConfigDescriber;
import io.ottla.metadata.config.ConfigProblem;
import io.ottla.metadata.config.ConfigSource;
import io.ottla.metadata.config.DescribedConfig;
import java.io.IOException;
import java.net.InetAddress;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class BrokerConfigTest {

  @TempDir Path dir;

  private BrokerConfig load(String... lines) throws IOException, InvalidBrokerConfigException {
    Path file = Files.writeString(dir.resolve("server.properties"), String.join("\n", lines));
    return BrokerConfig.load(file, List.of(), dir);
  }

  private List<ConfigProblem> problems(String... lines) {
    return catchThrowableOfType(InvalidBrokerConfigException.class, () -> load(lines)).problems();
  }

  private static Path resource(String name) throws URISyntaxException {
    return Path.of(BrokerConfigTest.class.getResource(name).toURI());
  }

  private static List<String> warnings(BrokerConfig config) {
    return config.notes().stream()
        .filter(note -> note.level() == ConfigNote.Level.WARNING)
        .map(ConfigNote::text)
        .toList();
  }

  @Test
  void startsWithAnEmptyFile() throws Exception {
    BrokerConfig config = load("");

    assertThat(config.node().nodeId()).isEqualTo(1);
    assertThat(config.node().isBroker()).isTrue();
    assertThat(config.node().isController()).isTrue();
    assertThat(config.listeners().brokers())
        .containsExactly(new Listener("PLAINTEXT", SecurityProtocol.PLAINTEXT, "127.0.0.1", 9092));
    assertThat(config.listeners().controllers()).isEmpty();
    assertThat(config.listeners().advertised()).isEqualTo(config.listeners().brokers());
    assertThat(config.listeners().interBrokerListener()).contains("PLAINTEXT");
    assertThat(config.logDirs().dirs()).containsExactly(dir.resolve("data"));
    assertThat(config.logDirs().metadataDir()).isEqualTo(dir.resolve("data"));
    assertThat(config.quorum().voters()).isEmpty();
    assertThat(config.sockets().transport()).isEqualTo("auto");
    assertThat(config.sockets().networkThreads()).isEqualTo(3);
    assertThat(config.sockets().sendBufferBytes()).hasValue(102400);
    assertThat(config.shards().shards())
        .isEqualTo(Math.max(1, Runtime.getRuntime().availableProcessors() / 2));
    assertThat(config.topics().autoCreate()).isTrue();
    assertThat(config.offsetsTopic().partitions()).isEqualTo(50);
    assertThat(config.notes()).isEmpty();
  }

  @Test
  void startsWithTheFileWeShip() throws Exception {
    Path file = Path.of("..", "config", "server.properties");
    BrokerConfig config = BrokerConfig.load(file, List.of(), dir);
    BrokerConfig empty = load("");

    assertThat(config.listeners()).isEqualTo(empty.listeners());
    assertThat(config.logDirs()).isEqualTo(empty.logDirs());
    assertThat(config.node()).isEqualTo(empty.node());
    assertThat(config.topics().partitions()).isEqualTo(empty.topics().partitions());
    assertThat(config.topics().replicationFactor()).isEqualTo(empty.topics().replicationFactor());
    assertThat(config.notes()).isEmpty();
  }

  @Test
  void namesOnlyKnownKeysInTheCommentsOfTheFileWeShip() throws Exception {
    List<String> uncommented =
        Files.readAllLines(Path.of("..", "config", "server.properties")).stream()
            .filter(line -> line.matches("#(  )?[a-z.]+=.*"))
            .map(line -> line.replaceFirst("#( {2})?", ""))
            .toList();

    assertThat(uncommented).hasSizeGreaterThan(5);
    assertThat(load(uncommented.toArray(String[]::new)).notes()).isEmpty();
  }

  @Test
  void startsWithKafkasCombinedFile() throws Exception {
    BrokerConfig config = BrokerConfig.load(resource("kafka-server.properties"), List.of(), dir);

    assertThat(config.listeners().brokers()).hasToString("[PLAINTEXT://:9092]");
    assertThat(config.listeners().controllers()).hasToString("[CONTROLLER://:9093]");
    assertThat(config.listeners().advertised()).hasToString("[PLAINTEXT://localhost:9092]");
    assertThat(config.logDirs().dirs()).containsExactly(Path.of("/tmp/kraft-combined-logs"));
    assertThat(config.quorum().bootstrapServers()).hasToString("[localhost:9093]");
    assertThat(config.offsetsTopic().replicationFactor().among(5)).isEqualTo(1);
    assertThat(config.transactionsTopic().minInsyncReplicas()).hasValue(1);
    assertThat(warnings(config))
        .isNotEmpty()
        .allMatch(
            warning ->
                warning.startsWith("share.coordinator.state.topic.")
                    || warning.startsWith("transaction.state.log."));
  }

  @Test
  void readsKafkasFilesForSingleRoles() throws Exception {
    BrokerConfig broker = BrokerConfig.load(resource("kafka-broker.properties"), List.of(), dir);
    assertThat(broker.node().isController()).isFalse();
    assertThat(broker.node().nodeId()).isEqualTo(2);
    assertThat(broker.listeners().controllers()).isEmpty();
    assertThat(broker.quorum().addresses()).hasToString("[localhost:9093]");

    BrokerConfig controller =
        BrokerConfig.load(resource("kafka-controller.properties"), List.of(), dir);
    assertThat(controller.node().isBroker()).isFalse();
    assertThat(controller.listeners().brokers()).isEmpty();
    assertThat(controller.listeners().controllers()).hasToString("[CONTROLLER://:9093]");
    assertThat(controller.listeners().interBrokerListener()).isEmpty();
    assertThat(controller.listeners().controllerNames()).containsExactly("CONTROLLER");
  }

  @Test
  void tellsAllProblemsAtOnce() {
    List<ConfigProblem> problems =
        problems(
            "listeners=PLAINTEXT://:99999",
            "num.network.threads=none",
            "log.retention.ms=0",
            "log.cleanup.policy=shred",
            "authorizer.class.name=org.example.Authorizer",
            "ottla.turbo=on",
            "ottla.shard.ring.size=1000",
            "socket.send.buffer.bytes=0",
            "group.consumer.heartbeat.interval.ms=16000");

    assertThat(problems)
        .extracting(ConfigProblem::key)
        .containsExactlyInAnyOrder(
            "listeners",
            "num.network.threads",
            "log.retention.ms",
            "log.cleanup.policy",
            "authorizer.class.name",
            "ottla.turbo",
            "ottla.shard.ring.size",
            "socket.send.buffer.bytes",
            "group.consumer.heartbeat.interval.ms");
  }

  @Test
  void saysForEachProblemWhatIsAllowed() {
    assertThatThrownBy(() -> load("num.partitions=0", "process.roles=boss", "ottla.transport=tty"))
        .isInstanceOf(InvalidBrokerConfigException.class)
        .hasMessage(
            "3 problems in "
                + dir.resolve("server.properties")
                + ":\n  num.partitions=0: must be at least 1"
                + "\n  ottla.transport=tty: must be one of auto, epoll, nio"
                + "\n  process.roles=boss: must be a list of at least one entry of broker,"
                + " controller");
  }

  @Test
  void doesNotRepeatSecrets() {
    assertThat(problems("ssl.keystore.password=hush", "num.partitions=0").toString())
        .doesNotContain("hush");
  }

  @Test
  void tellsThatThereIsNoFile() {
    assertThatThrownBy(() -> BrokerConfig.load(dir.resolve("none"), List.of(), dir))
        .isInstanceOf(InvalidBrokerConfigException.class)
        .hasMessageContaining("there is no such file");
  }

  @Test
  void readsTheSyntaxOfProperties() throws Exception {
    BrokerConfig config =
        load(
            "! a comment",
            "  num.partitions : 4",
            "log.dirs = a, \\",
            "    b",
            "broker.rack=caf\\u00e9");

    assertThat(config.topics().partitions()).isEqualTo(4);
    assertThat(config.logDirs().dirs()).containsExactly(dir.resolve("a"), dir.resolve("b"));
    assertThat(config.node().rack()).contains("café");
  }

  @Test
  void takesTheLaterOfTwoLines() throws Exception {
    assertThat(load("node.id=3", "node.id=4").node().nodeId()).isEqualTo(4);
  }

  @Test
  void takesACommandLineOverTheFile() throws Exception {
    Path file = Files.writeString(dir.resolve("f"), "node.id=3\nnum.partitions=2");
    BrokerConfig config =
        BrokerConfig.load(file, List.of("node.id=4", "node.id=5", "broker.rack = a=b"), dir);

    assertThat(config.node().nodeId()).isEqualTo(5);
    assertThat(config.node().rack()).contains("a=b");
    assertThat(config.topics().partitions()).isEqualTo(2);
    assertThatThrownBy(() -> BrokerConfig.load(file, List.of("node.id"), dir))
        .hasMessageContaining("--override=node.id: must be key=value");
  }

  @Test
  void namesAMissingNodeIdOfAClusterBesideAllElseThatIsWrong() {
    assertThat(
            problems(
                "process.roles=broker",
                "controller.quorum.voters=1@localhost:9093",
                "num.partitions=0"))
        .extracting(ConfigProblem::key)
        .containsExactlyInAnyOrder("node.id", "num.partitions");
    assertThat(problems("controller.quorum.bootstrap.servers=localhost:9093"))
        .extracting(ConfigProblem::message)
        .containsExactly(
            "node.id: must be set in a cluster, as controller.quorum.bootstrap.servers tells of"
                + " one");
  }

  @Test
  void takesTheOlderNameOfTheNodeId() throws Exception {
    BrokerConfig config = load("broker.id=7");
    assertThat(config.node().nodeId()).isEqualTo(7);
    assertThat(config.startLayers().values().intValue("broker.id")).isEqualTo(7);

    assertThat(load("node.id=7", "broker.id=7").node().nodeId()).isEqualTo(7);
    assertThat(problems("node.id=7", "broker.id=8"))
        .extracting(ConfigProblem::key)
        .containsExactly("broker.id");
  }

  @Test
  void keepsDirectoriesApart() throws Exception {
    assertThat(load("log.dir=one").logDirs().dirs()).containsExactly(dir.resolve("one"));
    assertThat(load("log.dir=one", "log.dirs=two").logDirs().dirs())
        .containsExactly(dir.resolve("two"));
    assertThat(load("log.dirs=/x", "metadata.log.dir=/y").logDirs().metadataDir())
        .isEqualTo(Path.of("/y"));
    assertThat(problems("log.dirs=a,b,./a"))
        .extracting(ConfigProblem::value)
        .containsExactly("./a");
  }

  @Test
  void refusesTheCharacterThatNoPathMayHold() throws Exception {
    for (String key : List.of("log.dirs", "metadata.log.dir", "ssl.keystore.location")) {
      assertThat(problems(key + "=a\\u0000b")).extracting(ConfigProblem::key).containsExactly(key);
    }
  }

  @Test
  void takesThreeReplicasOrAsManyAsThereAreBrokers() throws Exception {
    ReplicationFactor open = load("").topics().replicationFactor();
    assertThat(List.of(open.among(0), open.among(1), open.among(2), open.among(9)))
        .containsExactly(1, 1, 2, 3);

    assertThat(load("default.replication.factor=2").topics().replicationFactor().among(9))
        .isEqualTo(2);
  }

  @Test
  void leavesToTheControllerWhatTheFileDoesNotSayOfTopics() throws Exception {
    TopicDefaults open = load("").topics();
    assertThat(open.requestedPartitions()).isEqualTo(-1);
    assertThat(open.requestedReplicas()).isEqualTo(-1);

    TopicDefaults given = load("num.partitions=1", "default.replication.factor=2").topics();
    assertThat(given.requestedPartitions()).isEqualTo(1);
    assertThat(given.requestedReplicas()).isEqualTo(2);
  }

  @Test
  void describesTheReplicationFactorInForce() throws Exception {
    BrokerConfigLayers layers = BrokerConfig.forCluster(load("").startLayers(), 2);

    DescribedConfig described =
        new ConfigDescriber(layers)
            .broker().stream()
                .filter(config -> config.name().equals("default.replication.factor"))
                .findFirst()
                .orElseThrow();
    assertThat(described.value()).isEqualTo("2");
    assertThat(described.source()).isEqualTo(ConfigSource.DEFAULT);
    assertThat(layers.values().list("log.dirs")).containsExactly("data");
  }

  @Test
  void resolvesLimitsOfHosts() throws Exception {
    BrokerConfig config =
        load("max.connections.per.ip=3", "max.connections.per.ip.overrides=127.0.0.1:9,::1:8");

    assertThat(config.connectionLimits().maxPerAddress()).isEqualTo(3);
    assertThat(config.connectionLimits().maxPerAddressOverrides())
        .isEqualTo(Map.of(InetAddress.ofLiteral("127.0.0.1"), 9, InetAddress.ofLiteral("::1"), 8));
  }

  @Test
  void looksAfterLogsAtMostOncePerMillisecond() throws Exception {
    BrokerConfig config = load("log.flush.offset.checkpoint.interval.ms=0");

    assertThat(config.housekeeping().recoveryPointCheckpointIntervalMs()).isEqualTo(1);
  }

  @Test
  void leavesBufferSizesToTheMachineWhenAsked() throws Exception {
    assertThat(load("socket.send.buffer.bytes=-1").sockets().sendBufferBytes())
        .isEqualTo(OptionalInt.empty());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "controller.quorum.voters=1@a:9093,1@b:9093",
        "controller.quorum.voters=2@a:9093",
        "process.roles=broker",
      })
  void refusesAQuorumItCannotBePartOf(String line) {
    assertThat(problems(line)).isNotEmpty();
  }

  @Test
  void knowsWhereControllersAreFound() throws Exception {
    assertThat(load("node.id=1", "controller.quorum.voters=1@a:9093,2@b:9094").quorum().addresses())
        .hasToString("[a:9093, b:9094]");
    assertThat(
            load("node.id=1", "controller.quorum.bootstrap.servers=a:9093,b:9093")
                .quorum()
                .addresses())
        .hasToString("[a:9093, b:9093]");
  }

  @Test
  void acceptsItselfAsTheOnlyVoter() throws Exception {
    assertThat(load("controller.quorum.voters=1@localhost:9093").quorum().voters())
        .hasToString("[1@localhost:9093]");
  }

  @Test
  void warnsOfWhatItIgnores() throws Exception {
    BrokerConfig config =
        load("telemetry.max.bytes=2", "zookeeper.connect=localhost:2181", "num.io.threads=9");

    assertThat(warnings(config))
        .containsExactly(
            "telemetry.max.bytes=2 is not supported yet and ignored: client metrics are not"
                + " collected",
            "zookeeper.connect is not a known key; ignored");
    assertThat(config.notes()).hasSize(3);
  }

  @Test
  void readsWhatGroupsAreOffered() throws Exception {
    assertThat(load("").groups()).isEqualTo(new GroupsConfig(true, 86_400_000, 5_000));
    BrokerConfig config =
        load(
            "group.coordinator.rebalance.protocols=classic,share",
            "group.journal.retention.ms=60000",
            "group.lag.interval.ms=1000");
    assertThat(config.groups()).isEqualTo(new GroupsConfig(false, 60_000, 1_000));
    assertThat(warnings(config))
        .containsExactly(
            "group.coordinator.rebalance.protocols: groups of the protocol share are not offered"
                + " yet");
    assertThat(problems("group.consumer.assignors=uniform,org.example.Own"))
        .extracting(ConfigProblem::message)
        .containsExactly(
            "group.consumer.assignors=org.example.Own: no other is known than uniform and range");
    assertThat(problems("group.journal.retention.ms=-1"))
        .extracting(ConfigProblem::key)
        .containsExactly("group.journal.retention.ms");
  }

  @Test
  void warnsOfAHeartbeatThatIsTooRare() throws Exception {
    assertThat(warnings(load("broker.heartbeat.interval.ms=5000")))
        .containsExactly(
            "broker.heartbeat.interval.ms=5000 should be at most half of"
                + " broker.session.timeout.ms=9000");
  }

  @Test
  void doesNotBlameARuleForAValueThatCannotBeRead() {
    assertThat(
            problems(
                "group.consumer.max.session.timeout.ms=x",
                "group.consumer.session.timeout.ms=70000"))
        .extracting(ConfigProblem::key)
        .containsExactly("group.consumer.max.session.timeout.ms");
  }

  @Test
  void readsBytesThatAreNotText() throws Exception {
    Path file = Files.write(dir.resolve("f"), "node.id=\\u12".getBytes(StandardCharsets.UTF_8));
    assertThatThrownBy(() -> BrokerConfig.load(file, List.of(), dir))
        .isInstanceOf(InvalidBrokerConfigException.class)
        .hasMessageContaining("cannot be read");
  }
}
