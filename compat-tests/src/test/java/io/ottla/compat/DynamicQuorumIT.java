package io.ottla.compat;

import static org.assertj.core.api.Assertions.assertThat;

import io.ottla.compat.broker.BrokerConfig;
import io.ottla.compat.cluster.Cluster;
import io.ottla.compat.cluster.ClusterNode;
import io.ottla.compat.cluster.ClusterTools;
import io.ottla.compat.cluster.Workload;
import io.ottla.compat.tools.StockTool;
import io.ottla.compat.tools.StockTool.Result;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Properties;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.kafka.tools.MetadataQuorumCommand;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/**
 * Three nodes whose files have the keys of the server.properties that Kafka comes with, where one
 * node is a cluster of its own until the others join it: first as brokers, then as voters.
 */
class DynamicQuorumIT {
  private static final Duration LIMIT = Duration.ofSeconds(60);

  @RegisterExtension
  static final Cluster CLUSTER = Cluster.of(3).impatient().adapted(DynamicQuorumIT::asShipped);

  private static final ClusterTools TOOLS = new ClusterTools(CLUSTER);

  /** All keys of Kafka's own config/server.properties, and few others. */
  private static BrokerConfig asShipped(BrokerConfig config) {
    String firstVoter =
        config.property("controller.quorum.voters").split(",")[0].replaceFirst("^[0-9]+@", "");
    String listeners = config.property("listeners");
    return config
        .withFormattedStorage()
        .with("controller.quorum.voters", null)
        .with("controller.quorum.bootstrap.servers", firstVoter)
        .with("inter.broker.listener.name", "PLAINTEXT")
        .with("advertised.listeners", listeners)
        .with("controller.listener.names", "CONTROLLER")
        .with(
            "listener.security.protocol.map",
            "CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT,SSL:SSL,SASL_PLAINTEXT:SASL_PLAINTEXT,"
                + "SASL_SSL:SASL_SSL")
        .with("num.network.threads", "3")
        .with("num.io.threads", "8")
        .with("socket.send.buffer.bytes", "102400")
        .with("socket.receive.buffer.bytes", "102400")
        .with("socket.request.max.bytes", "104857600")
        .with("num.recovery.threads.per.data.dir", "2")
        .with("offsets.topic.replication.factor", "1")
        .with("share.coordinator.state.topic.replication.factor", "1")
        .with("share.coordinator.state.topic.min.isr", "1")
        .with("transaction.state.log.replication.factor", "1")
        .with("transaction.state.log.min.isr", "1")
        .with("log.retention.hours", "168")
        .with("log.segment.bytes", "1073741824")
        .with("log.retention.check.interval.ms", "300000");
  }

  @Test
  void controllersAreAddedAndRemovedWhileClientsWork() throws Exception {
    assertThat(voters()).containsExactly(1);
    try (Workload load = Workload.start(CLUSTER, "growing", 3)) {
      for (int id : new int[] {2, 3}) {
        Await.until("controller " + id + " is seen", LIMIT, () -> !directoryOf(id).isEmpty());
        addController(id);
        Await.until("controller " + id + " votes", LIMIT, () -> voters().contains(id));
      }
      assertThat(voters()).containsExactlyInAnyOrder(1, 2, 3);

      ClusterNode first = CLUSTER.node(1);
      first.kill();
      load.awaitProgress(100);
      CLUSTER.createTopicWithLivingReplicas("without-the-first");
      assertThat(CLUSTER.activeController()).isNotEqualTo(first);
      first.start();
      CLUSTER.awaitInSync("growing", 3);

      Result removed =
          TOOLS.at(
              TOOLS.servers(),
              MetadataQuorumCommand.class,
              "remove-controller",
              "--controller-id",
              "3",
              "--controller-directory-id",
              directoryOf(3));
      assertThat(removed.out()).containsPattern("Removed +KRaft controller 3 with directory id");
      Await.until("controller 3 votes no more", LIMIT, () -> !voters().contains(3));
      load.finish();
      assertThat(load.history().failures()).isEmpty();
    }
  }

  /** As its operator would, with the node's own configuration. */
  private static void addController(int id) throws Exception {
    ClusterNode node = CLUSTER.node(id);
    Properties properties = new Properties();
    try (var reader = Files.newBufferedReader(node.config().propertiesFile())) {
      properties.load(reader);
    }
    Path file = node.config().directory().resolve("controller.properties");
    try (var writer = Files.newBufferedWriter(file)) {
      properties.store(writer, null);
    }
    Result added =
        StockTool.run(
                MetadataQuorumCommand.class,
                "--command-config",
                file.toString(),
                "--bootstrap-server",
                CLUSTER.bootstrapServers(),
                "add-controller")
            .expectSuccess();
    assertThat(added.out()).contains("Added controller " + id);
  }

  private static List<Integer> voters() throws Exception {
    String status =
        TOOLS.at(TOOLS.servers(), MetadataQuorumCommand.class, "describe", "--status").out();
    Matcher line = Pattern.compile("CurrentVoters: +(.*)").matcher(status);
    assertThat(line.find()).as(status).isTrue();
    return Pattern.compile("(?:\"id\": ?|[\\[ ,])([0-9]+)(?=[,\\]])")
        .matcher(line.group(1))
        .results()
        .map(id -> Integer.parseInt(id.group(1)))
        .toList();
  }

  /** The directory id of a controller, whether it votes or not; empty if it is not known. */
  private static String directoryOf(int id) throws Exception {
    for (String line :
        TOOLS
            .at(TOOLS.servers(), MetadataQuorumCommand.class, "describe", "--replication")
            .lines()) {
      String[] columns = line.trim().split("\\s+");
      if (columns[0].equals(Integer.toString(id))) {
        return columns[1];
      }
    }
    return "";
  }
}
