package io.ottla.compat;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.ottla.compat.broker.BrokerConfig;
import io.ottla.compat.broker.BrokerKind;
import io.ottla.compat.broker.BrokerProcess;
import io.ottla.compat.broker.Brokers;
import io.ottla.compat.broker.FreePorts;
import io.ottla.compat.broker.OttlaHome;
import io.ottla.compat.broker.Script;
import io.ottla.compat.wire.RawConnection;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.TopicDescription;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** How a broker is started and stopped with its scripts, and what it says when that cannot be. */
class LifecycleIT {
  private static final Duration LIMIT = Duration.ofSeconds(30);

  @RegisterExtension static final Brokers BROKERS = new Brokers();

  @TempDir Path elsewhere;

  // ---- Stop and start again

  @Test
  void endsWellOnSigtermAndComesBackWithItsTopics() throws Exception {
    BrokerProcess broker = BROKERS.start();
    try (Admin admin = admin(broker)) {
      admin.createTopics(Set.of(new NewTopic("kept", 3, (short) 1))).all().get();
    }
    broker.stop();
    broker = BROKERS.restart(broker);
    assertThat(describe(broker, "kept").partitions()).hasSize(3);
    broker.stop();
  }

  @Test
  void refusesToShareALogDirectoryWithARunningBroker() throws Exception {
    BrokerProcess first = BROKERS.start();
    BrokerConfig same = BROKERS.config().with("log.dirs", first.config().logDirectory().toString());
    BrokerProcess second = BROKERS.launch(same);
    assertThat(second.awaitExit(Duration.ofSeconds(90))).as("exit code").isNotZero();
    assertThat(second.output()).contains(first.config().logDirectory().toString());
    assertThat(second.output()).containsPattern("(?i)(another|lock)");
    assertThat(RawConnection.answersApiVersions(first.port())).as("the first one").isTrue();
    first.stop();
  }

  @Test
  void refusesAPortThatIsTaken() throws Exception {
    BrokerProcess first = BROKERS.start();
    BrokerConfig other = BROKERS.config();
    String listeners =
        other.property("listeners").replace(":" + other.port() + ",", ":" + first.port() + ",");
    BrokerProcess second = BROKERS.launch(other.with("listeners", listeners));
    assertThat(second.awaitExit(LIMIT)).as("exit code").isNotZero();
    assertThat(second.output()).contains("127.0.0.1:" + first.port());
    first.stop();
  }

  // ---- The properties

  @Test
  void namesEveryWrongValueInOneMessage() throws Exception {
    onlyOttlaPromisesThis();
    BrokerProcess broker =
        BROKERS.launch(
            BROKERS
                .config()
                .with("num.partitions", "many")
                .with("log.segment.bytes", "-5")
                .with("listeners", "PLAINTEXT:/nowhere")
                .with("node.id", "-3"));
    assertThat(broker.awaitExit(LIMIT)).isEqualTo(1);
    assertThat(broker.output())
        .contains("num.partitions", "many", "log.segment.bytes", "-5", "listeners", "node.id=-3")
        .doesNotContain("Exception", "\tat ");
  }

  @Test
  void warnsOfAKeyItDoesNotKnow() throws Exception {
    onlyOttlaPromisesThis();
    BrokerProcess broker = BROKERS.start(BROKERS.config().with("log.retention.houres", "7"));
    assertThat(broker.output()).containsPattern("WARN.*log\\.retention\\.houres");
    broker.stop();
  }

  @Test
  void anOverrideWinsOverTheFile() throws Exception {
    BrokerProcess broker =
        BROKERS.start(
            BROKERS
                .config()
                .with("num.partitions", "2")
                .withArguments("--override", "num.partitions=7"));
    try (Admin admin = admin(broker)) {
      admin
          .createTopics(Set.of(new NewTopic("overridden", Optional.empty(), Optional.empty())))
          .all()
          .get();
    }
    assertThat(describe(broker, "overridden").partitions()).hasSize(7);
    broker.stop();
  }

  @Test
  void startsWithTheKeysOfAStockPropertiesFile() throws Exception {
    onlyOttlaPromisesThis(); // stock Kafka wants its storage formatted with --standalone for these
    BrokerConfig config = BROKERS.config();
    String controller = config.property("controller.quorum.voters").replace("1@", "");
    BrokerProcess broker =
        BROKERS.start(
            config
                .with("controller.quorum.voters", null)
                .with("controller.quorum.bootstrap.servers", controller)
                .with("inter.broker.listener.name", "PLAINTEXT")
                .with(
                    "advertised.listeners",
                    "PLAINTEXT://localhost:" + config.port() + ",CONTROLLER://" + controller)
                .with(
                    "listener.security.protocol.map",
                    "CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT,SSL:SSL,"
                        + "SASL_PLAINTEXT:SASL_PLAINTEXT,SASL_SSL:SASL_SSL")
                .with("num.network.threads", "3")
                .with("num.io.threads", "8")
                .with("socket.send.buffer.bytes", "102400")
                .with("socket.receive.buffer.bytes", "102400")
                .with("socket.request.max.bytes", "104857600")
                .with("num.recovery.threads.per.data.dir", "1")
                .with("share.coordinator.state.topic.replication.factor", "1")
                .with("share.coordinator.state.topic.min.isr", "1")
                .with("log.retention.hours", "168")
                .with("log.segment.bytes", "1073741824")
                .with("log.retention.check.interval.ms", "300000"));
    assertThat(broker.output()).doesNotContain("unknown", "Unknown");
    broker.stop();
  }

  @Test
  void saysThatThereIsNoSuchPropertiesFile() throws Exception {
    onlyOttlaPromisesThis();
    Script.Result result =
        Script.run(elsewhere, Map.of(), OttlaHome.startScript().toString(), "nowhere.properties");
    assertThat(result.exitCode()).isEqualTo(1);
    assertThat(result.output()).contains("nowhere.properties").doesNotContain("\tat ");
  }

  // ---- The scripts

  @Test
  void theProcessIsTheJvmItself() throws Exception {
    onlyOttlaPromisesThis();
    BrokerProcess broker = BROKERS.start(BROKERS.config().withHeap("-Xms66m", "-Xmx77m"));
    ProcessHandle.Info info = ProcessHandle.of(broker.pid()).orElseThrow().info();
    assertThat(info.command().orElseThrow()).endsWith("/bin/java");
    assertThat(info.arguments().orElseThrow()).contains("-Xms66m", "-Xmx77m", "-ea");
    broker.stop();
  }

  @Test
  void theStopScriptStopsTheBrokerWithTheNodeId() throws Exception {
    onlyOttlaPromisesThis();
    BrokerProcess one = BROKERS.start(withNodeId(BROKERS.config(), 81001));
    BrokerProcess two = BROKERS.start(withNodeId(BROKERS.config(), 81002));
    stopScript("--node-id", "81001", "--process-role", "controller").expectSuccess();
    assertThat(one.awaitExit(LIMIT)).isZero();
    assertThat(two.isAlive()).isTrue();
    stopScript("--node-id=81002").expectSuccess();
    assertThat(two.awaitExit(LIMIT)).isZero();
  }

  @Test
  void theStopScriptSaysThatThereIsNothingToStop() throws Exception {
    onlyOttlaPromisesThis();
    Script.Result result = stopScript("--node-id", "81003");
    assertThat(result.exitCode()).isEqualTo(1);
    assertThat(result.output()).contains("No Ottla broker to stop");
  }

  @Test
  void startsAsADaemonFromAnotherDirectoryThroughALink() throws Exception {
    onlyOttlaPromisesThis();
    BrokerConfig config = withNodeId(BROKERS.config(), 81004);
    config.write();
    Path link = Files.createSymbolicLink(elsewhere.resolve("start ottla"), OttlaHome.startScript());
    Path properties =
        Files.copy(config.propertiesFile(), elsewhere.resolve("my server.properties"));
    Script.Result started =
        Script.run(
                elsewhere,
                Map.of("LOG_DIR", elsewhere.resolve("my logs").toString()),
                link.toString(),
                "-daemon",
                properties.getFileName().toString())
            .expectSuccess();
    Matcher pid = Pattern.compile("process (\\d+)").matcher(started.output());
    assertThat(pid.find()).as("names the process: %s", started.output()).isTrue();
    ProcessHandle process = ProcessHandle.of(Long.parseLong(pid.group(1))).orElseThrow();
    try {
      Await.until("it answers", LIMIT, () -> RawConnection.answersApiVersions(config.port()));
      assertThat(elsewhere.resolve("my logs/ottlaServer.out")).isNotEmptyFile();
      stopScript("--node-id", "81004").expectSuccess();
      Await.until("it has ended", LIMIT, () -> !process.isAlive());
    } finally {
      process.destroyForcibly();
    }
  }

  @Test
  void saysWhichJavaItCannotUse() throws Exception {
    onlyOttlaPromisesThis();
    Script.Result result =
        Script.run(
            elsewhere,
            Map.of("OTTLA_JAVA_HOME", "/no/java/here"),
            OttlaHome.startScript().toString());
    assertThat(result.exitCode()).isEqualTo(1);
    assertThat(result.output()).contains("OTTLA_JAVA_HOME", "/no/java/here", "25");
  }

  @Test
  void printsItsUsageForAnOptionItDoesNotKnow() throws Exception {
    onlyOttlaPromisesThis();
    Script.Result result =
        Script.run(elsewhere, Map.of(), OttlaHome.startScript().toString(), "-deamon");
    assertThat(result.exitCode()).isEqualTo(1);
    assertThat(result.output()).contains("-deamon", "USAGE");
  }

  private static void onlyOttlaPromisesThis() {
    assumeTrue(BrokerKind.UNDER_TEST == BrokerKind.OTTLA, "of no concern to stock Kafka");
  }

  private static BrokerConfig withNodeId(BrokerConfig config, int id) {
    return config
        .with("node.id", Integer.toString(id))
        .with("controller.quorum.voters", id + "@127.0.0.1:" + FreePorts.next());
  }

  private Script.Result stopScript(String... arguments) throws Exception {
    String[] command = new String[arguments.length + 1];
    command[0] = OttlaHome.stopScript().toString();
    System.arraycopy(arguments, 0, command, 1, arguments.length);
    return Script.run(elsewhere, Map.of(), command);
  }

  private static Admin admin(BrokerProcess broker) {
    return Admin.create(Map.of("bootstrap.servers", broker.bootstrapServers()));
  }

  private static TopicDescription describe(BrokerProcess broker, String topic) throws Exception {
    try (Admin admin = admin(broker)) {
      Await.until(
          "the topic is there", LIMIT, () -> admin.listTopics().names().get().contains(topic));
      return admin.describeTopics(List.of(topic)).allTopicNames().get().get(topic);
    }
  }
}
