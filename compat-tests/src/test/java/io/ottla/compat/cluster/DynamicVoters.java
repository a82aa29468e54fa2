package io.ottla.compat.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import io.ottla.compat.Await;
import io.ottla.compat.broker.BrokerConfig;
import io.ottla.compat.tools.StockTool;
import io.ottla.compat.tools.StockTool.Result;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Properties;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.kafka.tools.MetadataQuorumCommand;

/**
 * The voters of a cluster whose first node begins alone, while its other controllers look on until
 * they are added: with kafka-metadata-quorum, as an operator would.
 */
public final class DynamicVoters {
  private static final Duration LIMIT = Duration.ofSeconds(60);

  private final Cluster cluster;
  private final ClusterTools tools;

  public DynamicVoters(Cluster cluster) {
    this.cluster = cluster;
    this.tools = new ClusterTools(cluster);
  }

  /** As a node of such a cluster. */
  public static BrokerConfig config(BrokerConfig config) {
    String firstVoter =
        config.property("controller.quorum.voters").split(",")[0].replaceFirst("^[0-9]+@", "");
    return config
        .withFormattedStorage()
        .with("controller.quorum.voters", null)
        .with("controller.quorum.bootstrap.servers", firstVoter)
        .with("advertised.listeners", config.property("listeners"));
  }

  /** Adds a controller that looks on, with its own configuration; returns when it votes. */
  public void add(ClusterNode node) throws Exception {
    Await.until(
        "the controller of " + node + " is seen", LIMIT, () -> !directoryOf(node).isEmpty());
    Result added =
        StockTool.run(
                MetadataQuorumCommand.class,
                "--command-config",
                writeConfiguration(node).toString(),
                "--bootstrap-server",
                cluster.bootstrapServers(),
                "add-controller")
            .expectSuccess();
    assertThat(added.out()).contains("Added controller " + node.id());
    Await.until(node + " votes", LIMIT, () -> ids().contains(node.id()));
  }

  private static Path writeConfiguration(ClusterNode node) throws IOException {
    Properties properties = new Properties();
    try (var reader = Files.newBufferedReader(node.config().propertiesFile())) {
      properties.load(reader);
    }
    Path file = node.config().directory().resolve("controller.properties");
    try (var writer = Files.newBufferedWriter(file)) {
      properties.store(writer, null);
    }
    return file;
  }

  /** Returns when the node votes no more. */
  public void remove(ClusterNode node) throws Exception {
    String id = Integer.toString(node.id());
    Result removed =
        quorum(
            "remove-controller",
            "--controller-id",
            id,
            "--controller-directory-id",
            directoryOf(node));
    assertThat(removed.out())
        .containsPattern("Removed +KRaft controller " + id + " with directory id");
    Await.until(node + " votes no more", LIMIT, () -> !ids().contains(node.id()));
  }

  /** The ids of those that vote. */
  public List<Integer> ids() throws Exception {
    return Pattern.compile("(?:\"id\": ?|[\\[ ,])([0-9]+)(?=[,\\]])")
        .matcher(status("CurrentVoters: +(.*)"))
        .results()
        .map(id -> Integer.parseInt(id.group(1)))
        .toList();
  }

  /** Up to where the voters agree. */
  public long highWatermark() throws Exception {
    return Long.parseLong(status("HighWatermark: +([0-9]+)"));
  }

  private String status(String pattern) throws Exception {
    String status = quorum("describe", "--status").out();
    Matcher line = Pattern.compile(pattern).matcher(status);
    assertThat(line.find()).as(status).isTrue();
    return line.group(1);
  }

  /** The directory id of a controller, whether it votes or not; empty if it is not known. */
  private String directoryOf(ClusterNode node) throws Exception {
    for (String line : quorum("describe", "--replication").lines()) {
      String[] columns = line.trim().split("\\s+");
      if (columns[0].equals(Integer.toString(node.id()))) {
        return columns[1];
      }
    }
    return "";
  }

  private Result quorum(String... arguments) throws Exception {
    return tools.at(tools.servers(), MetadataQuorumCommand.class, arguments);
  }
}
