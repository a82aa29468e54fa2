package io.ottla.compat;

import static org.assertj.core.api.Assertions.assertThat;

import io.ottla.compat.cluster.Cluster;
import io.ottla.compat.cluster.ClusterNode;
import io.ottla.compat.cluster.ClusterTools;
import io.ottla.compat.tools.StockTool.Result;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import kafka.admin.ConfigCommand;
import org.apache.kafka.tools.ClusterTool;
import org.apache.kafka.tools.FeatureCommand;
import org.apache.kafka.tools.LeaderElectionCommand;
import org.apache.kafka.tools.LogDirsCommand;
import org.apache.kafka.tools.MetadataQuorumCommand;
import org.apache.kafka.tools.TopicCommand;
import org.apache.kafka.tools.consumer.group.ConsumerGroupCommand;
import org.apache.kafka.tools.reassign.ReassignPartitionsCommand;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** What the stock command line tools do on a cluster, they do on this one, unchanged. */
class ClusterToolsIT {
  private static final Duration LIMIT = Duration.ofSeconds(30);

  @RegisterExtension static final Cluster CLUSTER = Cluster.of(3).impatient();

  private static final ClusterTools TOOLS = new ClusterTools(CLUSTER);

  @TempDir Path directory;

  @AfterEach
  void makeWhole() throws Exception {
    CLUSTER.makeWhole();
  }

  // ---- kafka-topics

  @Test
  void topicsSpreadOverTheBrokers() throws Exception {
    topics("--create", "--topic", "spread", "--partitions", "6", "--replication-factor", "3");
    CLUSTER.awaitInSync("spread", 3);
    List<String> lines = described("spread");
    assertThat(lines).hasSize(6).allMatch(line -> line.matches(".*Isr: [123],[123],[123]\\b.*"));
    for (int id = 1; id <= 3; id++) {
      String leader = "Leader: " + id + "\t";
      assertThat(lines).filteredOn(line -> line.contains(leader)).hasSize(2);
    }
    assertThat(topics("--describe", "--under-replicated-partitions").lines()).isEmpty();
    assertThat(topics("--describe", "--unavailable-partitions").lines()).isEmpty();

    topics("--alter", "--topic", "spread", "--partitions", "8");
    CLUSTER.awaitInSync("spread", 3);
    Await.until("eight partitions", LIMIT, () -> described("spread").size() == 8);
    topics("--delete", "--topic", "spread");
    Await.until("it is gone", LIMIT, () -> !topics("--list").lines().contains("spread"));
  }

  @Test
  void topicsAreCreatedWhereTheOperatorWantsThem() throws Exception {
    topics("--create", "--topic", "placed", "--replica-assignment", "3:1,2:3");
    CLUSTER.awaitInSync("placed", 2);
    assertThat(described("placed"))
        .satisfiesExactly(
            first -> assertThat(first).contains("Leader: 3\tReplicas: 3,1"),
            second -> assertThat(second).contains("Leader: 2\tReplicas: 2,3"));
    assertThat(
            TOOLS
                .run(TopicCommand.class, "--create", "--topic", "four", "--replication-factor", "4")
                .expectFailure()
                .out())
        .containsPattern("(?i)replication factor.* 4\\b");
  }

  private static List<String> described(String topic) throws Exception {
    return topics("--describe", "--topic", topic).lines().stream()
        .filter(line -> line.contains("Partition: "))
        .toList();
  }

  private static Result topics(String... arguments) throws Exception {
    return TOOLS.run(TopicCommand.class, arguments).expectSuccess();
  }

  // ---- kafka-reassign-partitions

  @Test
  void partitionsAreMovedWithAThrottleWhichIsTakenAwayAfterwards() throws Exception {
    topics("--create", "--topic", "moved", "--replica-assignment", "1:2");
    TOOLS.produce("moved", 100);
    Path toMove = write("topics.json", "{\"version\":1,\"topics\":[{\"topic\":\"moved\"}]}");
    Result generated =
        reassign(
                "--generate",
                "--topics-to-move-json-file",
                toMove.toString(),
                "--broker-list",
                "2,3")
            .expectSuccess();
    assertThat(generated.out())
        .contains("Current partition replica assignment", "\"replicas\":[1,2]")
        .containsPattern("\"replicas\":\\[(2,3|3,2)\\]");

    Path plan = plan("moved", "3,2");
    assertThat(
            reassign(
                    "--execute",
                    "--reassignment-json-file",
                    plan.toString(),
                    "--throttle",
                    "10000000")
                .expectSuccess()
                .out())
        .contains("The inter-broker throttle limit was set to 10000000 B/s")
        .contains("Successfully started partition reassignment for moved-0");
    Await.until(
        "the move is complete",
        LIMIT,
        () ->
            reassign(
                    "--verify", "--reassignment-json-file", plan.toString(), "--preserve-throttles")
                .out()
                .contains("Reassignment of partition moved-0 is completed."));
    assertThat(reassign("--list").expectSuccess().out())
        .contains("No partition reassignments found.");
    assertThat(configs("--entity-type", "brokers", "--describe").out())
        .contains("replication.throttled.rate=10000000");
    assertThat(
            reassign("--verify", "--reassignment-json-file", plan.toString()).expectSuccess().out())
        .contains("Clearing broker-level throttles", "Clearing topic-level throttles");
    Await.until(
        "the throttles are gone",
        LIMIT,
        () ->
            !configs("--entity-type", "brokers", "--describe").out().contains("throttled")
                && !configs("--entity-type", "topics", "--describe").out().contains("throttled"));
    assertThat(described("moved")).singleElement().asString().contains("Replicas: 3,2");
    assertThat(TOOLS.consume("moved", 100)).hasSize(100);
  }

  @Test
  void aMoveThatIsHeldBackByItsThrottleIsListedAndCancelled() throws Exception {
    topics("--create", "--topic", "cancelled", "--replica-assignment", "1:2");
    TOOLS.produce("cancelled", 20_000);
    Path plan = plan("cancelled", "2,3");
    reassign("--execute", "--reassignment-json-file", plan.toString(), "--throttle", "1000")
        .expectSuccess();
    assertThat(reassign("--list").expectSuccess().out())
        .contains("cancelled-0: replicas: ")
        .contains("adding: 3", "removing: 1");
    assertThat(
            reassign("--verify", "--reassignment-json-file", plan.toString()).expectSuccess().out())
        .contains("Reassignment of partition cancelled-0 is still in progress.");
    assertThat(reassign("--execute", "--reassignment-json-file", plan.toString()).out())
        .as("a second one without --additional")
        .containsPattern(
            "(?i)existing partition assignment|There is an existing assignment|already");
    assertThat(
            reassign("--cancel", "--reassignment-json-file", plan.toString()).expectSuccess().out())
        .contains("Successfully cancelled partition reassignment for: cancelled-0");
    assertThat(reassign("--list").expectSuccess().out())
        .contains("No partition reassignments found.");
    CLUSTER.awaitInSync("cancelled", 2);
    assertThat(described("cancelled"))
        .singleElement()
        .asString()
        .containsPattern("Replicas: (1,2|2,1)");
    assertThat(configs("--entity-type", "topics", "--describe").out()).doesNotContain("throttled");
  }

  private Path plan(String topic, String replicas) throws Exception {
    return write(
        topic + ".json",
        "{\"version\":1,\"partitions\":[{\"topic\":\"%s\",\"partition\":0,\"replicas\":[%s]}]}"
            .formatted(topic, replicas));
  }

  private Path write(String name, String text) throws Exception {
    return Files.writeString(directory.resolve(name), text);
  }

  private static Result reassign(String... arguments) throws Exception {
    return TOOLS.run(ReassignPartitionsCommand.class, arguments);
  }

  // ---- kafka-leader-election

  @Test
  void thePreferredReplicaIsMadeLeader() throws Exception {
    topics("--create", "--topic", "elected", "--replica-assignment", "1:2:3");
    CLUSTER.awaitInSync("elected", 3);
    assertThat(CLUSTER.leaderOf("elected", 0).id()).isEqualTo(1);
    reassign("--execute", "--reassignment-json-file", plan("elected", "2,1,3").toString())
        .expectSuccess();
    Await.until(
        "the order has changed",
        LIMIT,
        () -> described("elected").getFirst().contains("Replicas: 2,1,3"));
    String[] preferred = {"--election-type", "preferred", "--topic", "elected", "--partition", "0"};
    assertThat(elect(preferred).out())
        .contains("Successfully completed leader election (PREFERRED) for partitions elected-0");
    assertThat(CLUSTER.leaderOf("elected", 0).id()).isEqualTo(2);
    assertThat(elect(preferred).out()).contains("Valid replica already elected");
    // A broker that another test killed may be back without being in sync everywhere yet.
    Await.until(
        "every replica may lead",
        LIMIT,
        () -> topics("--describe", "--under-replicated-partitions").lines().isEmpty());
    elect("--election-type", "preferred", "--all-topic-partitions");
    Path unclean =
        write("elect.json", "{\"partitions\":[{\"topic\":\"elected\",\"partition\":0}]}");
    assertThat(elect("--election-type", "unclean", "--path-to-json-file", unclean.toString()).out())
        .contains("Valid replica already elected");
  }

  private static Result elect(String... arguments) throws Exception {
    return TOOLS.run(LeaderElectionCommand.class, arguments).expectSuccess();
  }

  // ---- kafka-metadata-quorum, kafka-features, kafka-cluster

  @Test
  void theQuorumIsDescribed() throws Exception {
    int leader = CLUSTER.activeController().id();
    for (String[] where : List.of(TOOLS.servers(), TOOLS.controllers())) {
      String status = TOOLS.at(where, MetadataQuorumCommand.class, "describe", "--status").out();
      assertThat(status)
          .containsPattern("ClusterId: +\\S{22}")
          .containsPattern("LeaderId: +" + leader)
          .containsPattern("LeaderEpoch: +[1-9]")
          .containsPattern("HighWatermark: +[1-9]")
          .containsPattern("MaxFollowerLag: +\\d")
          .containsPattern("CurrentVoters: .*1.*2.*3");
      List<String> lines =
          TOOLS.at(where, MetadataQuorumCommand.class, "describe", "--replication").lines();
      assertThat(lines.getFirst())
          .contains("NodeId", "DirectoryId", "LogEndOffset", "Lag", "Status");
      assertThat(lines).filteredOn(line -> line.contains("Leader")).hasSize(1);
      assertThat(lines).filteredOn(line -> line.contains("Follower")).hasSize(2);
    }
    assertThat(
            TOOLS
                .run(MetadataQuorumCommand.class, "describe", "--replication", "--human-readable")
                .out())
        .contains("ms ago");
  }

  @Test
  void allFeaturesAreDescribedAndChanged() throws Exception {
    for (String[] where : List.of(TOOLS.servers(), TOOLS.controllers())) {
      String described = TOOLS.at(where, FeatureCommand.class, "describe").out();
      for (String feature :
          List.of(
              "eligible.leader.replicas.version",
              "group.version",
              "kraft.version",
              "metadata.version",
              "share.version",
              "streams.version",
              "transaction.version")) {
        assertThat(described)
            .containsPattern(
                "Feature: " + feature + "\\s+SupportedMinVersion: \\S+\\s+SupportedMax");
      }
    }
    assertThat(TOOLS.run(FeatureCommand.class, "version-mapping").expectSuccess().out())
        .contains("metadata.version=");
    assertThat(
            TOOLS
                .run(FeatureCommand.class, "feature-dependencies", "--feature", "group.version=1")
                .expectSuccess()
                .out())
        .contains("group.version=1");
    assertThat(
            TOOLS
                .run(FeatureCommand.class, "downgrade", "--feature", "group.version=0", "--dry-run")
                .out())
        .contains("group.version can be downgraded to 0");
    assertThat(
            TOOLS
                .run(FeatureCommand.class, "downgrade", "--feature", "transaction.version=1")
                .expectSuccess()
                .out())
        .contains("transaction.version was downgraded to 1");
    Await.until("it is 1", LIMIT, () -> finalizedLevel("transaction.version").equals("1"));
    assertThat(
            TOOLS
                .run(FeatureCommand.class, "upgrade", "--feature", "transaction.version=2")
                .expectSuccess()
                .out())
        .contains("transaction.version was upgraded to 2");
    Await.until("it is 2", LIMIT, () -> finalizedLevel("transaction.version").equals("2"));
    TOOLS
        .run(FeatureCommand.class, "upgrade", "--feature", "transaction.version=77")
        .expectFailure();
    assertThat(TOOLS.run(FeatureCommand.class, "disable", "--feature", "no.such.version").out())
        .containsPattern("(?i)could not disable no.such.version");
  }

  private static String finalizedLevel(String feature) throws Exception {
    for (String line : TOOLS.run(FeatureCommand.class, "describe").expectSuccess().lines()) {
      if (line.contains("Feature: " + feature + " ")) {
        return line.replaceAll(".*FinalizedVersionLevel: (\\S+).*", "$1");
      }
    }
    return "";
  }

  @Test
  void theClusterIsNamedAndItsNodesAreListed() throws Exception {
    String id = TOOLS.run(ClusterTool.class, "cluster-id").expectSuccess().out();
    assertThat(id).containsPattern("Cluster ID: \\S{22}");
    assertThat(TOOLS.at(TOOLS.controllers(), ClusterTool.class, "cluster-id").out()).isEqualTo(id);
    List<String> brokers = TOOLS.run(ClusterTool.class, "list-endpoints").expectSuccess().lines();
    List<String> controllers =
        TOOLS.at(TOOLS.controllers(), ClusterTool.class, "list-endpoints").lines();
    for (ClusterNode node : CLUSTER.nodes()) {
      assertThat(brokers).anyMatch(line -> endpoint(line, node, node.directPort(), "broker"));
      assertThat(controllers)
          .anyMatch(line -> endpoint(line, node, node.controllerPort(), "controller"));
    }
  }

  private static boolean endpoint(String line, ClusterNode node, int port, String type) {
    return line.matches(node.id() + "\\s+127\\.0\\.0\\.1\\s+" + port + "\\s+.*" + type + "\\s*");
  }

  @Test
  void aBrokerJoinsAndIsUnregisteredWhenItIsGone() throws Exception {
    ClusterNode joined = CLUSTER.addBroker(4);
    joined.start();
    CLUSTER.awaitAllBrokers();
    topics("--create", "--topic", "on-the-new", "--replica-assignment", "4:1");
    TOOLS.produce("on-the-new", 10);
    assertThat(TOOLS.consume("on-the-new", 10)).hasSize(10);
    topics("--delete", "--topic", "on-the-new");

    joined.stop();
    Await.until(
        "it is fenced",
        LIMIT,
        () ->
            TOOLS
                .run(ClusterTool.class, "list-endpoints", "--include-fenced-brokers")
                .lines()
                .stream()
                .anyMatch(line -> line.matches("4\\s.*\\bfenced\\b.*")));
    assertThat(TOOLS.run(ClusterTool.class, "unregister", "--id", "4").expectSuccess().out())
        .contains("Broker 4 is no longer registered.");
    Await.until(
        "it is forgotten",
        LIMIT,
        () ->
            TOOLS
                .run(ClusterTool.class, "list-endpoints", "--include-fenced-brokers")
                .lines()
                .stream()
                .noneMatch(line -> line.startsWith("4 ")));
    CLUSTER.forget(joined);
  }

  // ---- kafka-configs, kafka-log-dirs

  @Test
  void brokersAreConfiguredOneByOneAndAllTogether() throws Exception {
    String key = "log.cleaner.backoff.ms";
    configs(
        "--entity-type",
        "brokers",
        "--entity-name",
        "2",
        "--alter",
        "--add-config",
        key + "=16000");
    configs(
        "--entity-type", "brokers", "--entity-default", "--alter", "--add-config", key + "=17000");
    Await.until(
        "both are there",
        LIMIT,
        () ->
            configs("--entity-type", "brokers", "--entity-name", "2", "--describe")
                    .out()
                    .contains(key + "=16000")
                && configs("--entity-type", "brokers", "--entity-default", "--describe")
                    .out()
                    .contains(key + "=17000"));
    Await.until(
        "the default counts on broker 3",
        LIMIT,
        () ->
            configs("--entity-type", "brokers", "--entity-name", "3", "--describe", "--all")
                .out()
                .contains(key + "=17000"));
    configs("--entity-type", "brokers", "--entity-name", "2", "--alter", "--delete-config", key);
    configs("--entity-type", "brokers", "--entity-default", "--alter", "--delete-config", key);
    Await.until(
        "both are gone",
        LIMIT,
        () ->
            !configs("--entity-type", "brokers", "--describe").out().contains(key + "=16000")
                && !configs("--entity-type", "brokers", "--describe")
                    .out()
                    .contains(key + "=17000"));
    TOOLS
        .run(
            ConfigCommand.class,
            "--entity-type",
            "brokers",
            "--entity-name",
            "2",
            "--alter",
            "--add-config",
            "node.id=7")
        .expectFailure();
  }

  private static Result configs(String... arguments) throws Exception {
    return TOOLS.run(ConfigCommand.class, arguments).expectSuccess();
  }

  @Test
  void theLogDirectoriesOfAllBrokersAreDescribed() throws Exception {
    topics("--create", "--topic", "on-disk", "--partitions", "1", "--replication-factor", "3");
    TOOLS.produce("on-disk", 50);
    Await.until(
        "three replicas with something in them and no lag",
        LIMIT,
        () -> {
          String described =
              TOOLS
                  .run(
                      LogDirsCommand.class,
                      "--describe",
                      "--topic-list",
                      "on-disk",
                      "--broker-list",
                      "1,2,3")
                  .expectSuccess()
                  .lines()
                  .getLast();
          return described.split("\"partition\":\"on-disk-0\"", -1).length == 4
              && described.split("\"offsetLag\":0", -1).length == 4
              && !described.contains("\"size\":0");
        });
  }

  // ---- The console tools and groups when a broker dies

  @Test
  void theConsoleToolsDoNotMindADeadBroker() throws Exception {
    topics("--create", "--topic", "console", "--partitions", "3", "--replication-factor", "3");
    CLUSTER.awaitInSync("console", 3);
    TOOLS.produce("console", 300);
    CLUSTER.leaderOf("console", 0).kill();
    TOOLS.produce("console", 300);
    assertThat(TOOLS.consume("console", 600)).hasSize(600);
  }

  @Test
  void aGroupGoesOnWithoutItsCoordinator() throws Exception {
    topics("--create", "--topic", "coordinated", "--partitions", "1", "--replication-factor", "3");
    CLUSTER.awaitInSync("coordinated", 3);
    TOOLS.produce("coordinated", 40);
    String[] members = {"--group", "orphans"};
    assertThat(TOOLS.consume("coordinated", 20, members)).hasSize(20);
    int coordinator = coordinatorOfOrphans();
    CLUSTER.node(coordinator).kill();
    assertThat(TOOLS.consume("coordinated", 20, members)).hasSize(20);
    assertThat(coordinatorOfOrphans()).isNotEqualTo(coordinator);
    assertThat(
            TOOLS
                .run(ConsumerGroupCommand.class, "--describe", "--group", "orphans")
                .expectSuccess()
                .out())
        .containsPattern("orphans +coordinated +0 +40 +40 +0 ");
  }

  private static int coordinatorOfOrphans() throws Exception {
    String state =
        TOOLS
            .run(ConsumerGroupCommand.class, "--describe", "--group", "orphans", "--state")
            .expectSuccess()
            .out();
    return Integer.parseInt(state.replaceAll("(?s).*\\(([0-9]+)\\).*", "$1"));
  }
}
