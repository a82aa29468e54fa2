package io.ottla.compat;

import static org.assertj.core.api.Assertions.assertThat;

import io.ottla.compat.broker.BrokerProcess;
import io.ottla.compat.broker.Brokers;
import io.ottla.compat.tools.StockTool;
import io.ottla.compat.tools.StockTool.Result;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import kafka.admin.ConfigCommand;
import org.apache.kafka.tools.BrokerApiVersionsCommand;
import org.apache.kafka.tools.ConsoleProducer;
import org.apache.kafka.tools.ConsumerPerformance;
import org.apache.kafka.tools.GetOffsetShell;
import org.apache.kafka.tools.ProducerPerformance;
import org.apache.kafka.tools.TopicCommand;
import org.apache.kafka.tools.consumer.ConsoleConsumer;
import org.apache.kafka.tools.consumer.group.ConsumerGroupCommand;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The stock command line tools work against the broker, unchanged. */
class StockToolsIT {
  private static final Duration LIMIT = Duration.ofSeconds(20);

  @RegisterExtension static final Brokers BROKERS = new Brokers();

  private static BrokerProcess broker;

  @BeforeAll
  static void startBroker() throws Exception {
    broker = BROKERS.start();
  }

  @Test
  void topicsAreCreatedListedDescribedAlteredAndDeleted() throws Exception {
    createTopic("tools", "--partitions", "3", "--config", "retention.ms=3600000");
    assertThat(tool(TopicCommand.class, "--list").lines()).contains("tools");

    Result described = tool(TopicCommand.class, "--describe", "--topic", "tools");
    assertThat(described.out())
        .contains("PartitionCount: 3", "ReplicationFactor: 1", "retention.ms=3600000")
        .containsPattern("TopicId: [A-Za-z0-9_-]{22}");
    for (int partition = 0; partition < 3; partition++) {
      assertThat(described.out())
          .containsPattern("Partition: " + partition + "\\s+Leader: 1\\s+Replicas: 1\\s+Isr: 1");
    }

    assertThat(run(TopicCommand.class, "--create", "--topic", "tools").expectFailure().out())
        .contains("Topic 'tools' already exists");
    tool(TopicCommand.class, "--create", "--if-not-exists", "--topic", "tools");
    tool(TopicCommand.class, "--alter", "--topic", "tools", "--partitions", "5");
    Await.until(
        "five partitions",
        LIMIT,
        () ->
            tool(TopicCommand.class, "--describe", "--topic", "tools")
                .out()
                .contains("PartitionCount: 5"));
    tool(TopicCommand.class, "--delete", "--topic", "tools");
    Await.until(
        "the topic is gone",
        LIMIT,
        () -> !tool(TopicCommand.class, "--list").lines().contains("tools"));
    run(TopicCommand.class, "--describe", "--topic", "tools").expectFailure();
  }

  @ParameterizedTest
  @ValueSource(strings = {"none", "gzip", "snappy", "lz4", "zstd"})
  void theConsoleConsumerPrintsWhatTheConsoleProducerRead(String codec) throws Exception {
    String topic = "console-" + codec;
    createTopic(topic);
    List<String> lines =
        IntStream.range(0, 50).mapToObj(i -> "key " + i + ":value " + "v".repeat(i)).toList();
    StockTool.runWithInput(
            ConsoleProducer.class,
            String.join("\n", lines) + "\n",
            withServer(
                "--topic",
                topic,
                "--compression-codec",
                codec,
                "--reader-property",
                "parse.key=true",
                "--reader-property",
                "key.separator=:"))
        .expectSuccess();
    Result consumed =
        tool(
            ConsoleConsumer.class,
            "--topic",
            topic,
            "--from-beginning",
            "--max-messages",
            "50",
            "--timeout-ms",
            "20000",
            "--formatter-property",
            "print.key=true",
            "--formatter-property",
            "key.separator=:");
    assertThat(consumed.lines()).isEqualTo(lines);
    assertThat(consumed.err()).contains("Processed a total of 50 messages");
  }

  @Test
  void thePerformanceToolsMoveAllTheirRecords() throws Exception {
    createTopic("perf", "--partitions", "2");
    Result produced =
        tool(
            ProducerPerformance.class,
            "--topic",
            "perf",
            "--num-records",
            "50000",
            "--record-size",
            "100",
            "--throughput",
            "-1",
            "--command-property",
            "compression.type=lz4");
    assertThat(produced.out()).contains("50000 records sent");
    Result consumed = tool(ConsumerPerformance.class, "--topic", "perf", "--num-records", "50000");
    List<String> figures = Arrays.asList(consumed.lines().get(1).split(", "));
    assertThat(figures.get(4)).as("records in: %s", consumed.out()).isEqualTo("50000");

    Result ends = tool(GetOffsetShell.class, "--topic", "perf");
    assertThat(sumOfOffsets(ends)).isEqualTo(50_000);
    assertThat(sumOfOffsets(tool(GetOffsetShell.class, "--topic", "perf", "--time", "-2")))
        .isZero();
    assertThat(sumOfOffsets(tool(GetOffsetShell.class, "--topic", "perf", "--time", "latest")))
        .isEqualTo(50_000);
    assertThat(
            sumOfOffsets(tool(GetOffsetShell.class, "--topic", "perf", "--time", "max-timestamp")))
        .isPositive();
    assertThat(tool(GetOffsetShell.class, "--topic-partitions", "perf:1").lines())
        .singleElement()
        .asString()
        .startsWith("perf:1:");
  }

  private static long sumOfOffsets(Result offsets) {
    return offsets.lines().stream()
        .collect(Collectors.summingLong(line -> Long.parseLong(line.split(":")[2])));
  }

  @Test
  void groupsAreListedDescribedResetAndDeleted() throws Exception {
    createTopic("grouped");
    String input = "line\n".repeat(40);
    StockTool.runWithInput(ConsoleProducer.class, input, withServer("--topic", "grouped"))
        .expectSuccess();
    tool(
        ConsoleConsumer.class,
        "--topic",
        "grouped",
        "--group",
        "readers",
        "--from-beginning",
        "--max-messages",
        "40",
        "--timeout-ms",
        "20000");

    assertThat(tool(ConsumerGroupCommand.class, "--list").lines()).contains("readers");
    Await.until(
        "the group is empty",
        LIMIT,
        () -> group("--describe", "--state").out().matches("(?s).*readers.* Empty .*"));
    assertThat(offsetsOfReaders()).containsExactly("40", "40", "0");
    assertThat(group("--describe", "--members").err() + group("--describe", "--members").out())
        .contains("Consumer group 'readers' has no active members.");

    group("--reset-offsets", "--to-earliest", "--topic", "grouped", "--dry-run");
    assertThat(offsetsOfReaders()).containsExactly("40", "40", "0");
    group("--reset-offsets", "--to-offset", "15", "--topic", "grouped", "--execute");
    assertThat(offsetsOfReaders()).containsExactly("15", "40", "25");
    group("--reset-offsets", "--shift-by", "-5", "--all-topics", "--execute");
    assertThat(offsetsOfReaders()).containsExactly("10", "40", "30");
    assertThat(
            tool(
                    ConsoleConsumer.class,
                    "--topic",
                    "grouped",
                    "--group",
                    "readers",
                    "--max-messages",
                    "30",
                    "--timeout-ms",
                    "20000")
                .lines())
        .hasSize(30);
    Await.until(
        "the group is empty again",
        LIMIT,
        () -> group("--describe", "--state").out().matches("(?s).*readers.* Empty .*"));

    group("--delete-offsets", "--topic", "grouped");
    group("--delete");
    assertThat(tool(ConsumerGroupCommand.class, "--list").lines()).doesNotContain("readers");
  }

  private static Result group(String... arguments) throws Exception {
    List<String> all = new ArrayList<>(List.of("--group", "readers"));
    all.addAll(List.of(arguments));
    return tool(ConsumerGroupCommand.class, all.toArray(String[]::new));
  }

  /** Committed offset, end offset and lag, as describe prints them for the one partition. */
  private static List<String> offsetsOfReaders() throws Exception {
    for (String line : group("--describe").lines()) {
      if (line.startsWith("readers ")) {
        return Arrays.asList(line.split("\\s+")).subList(3, 6);
      }
    }
    return List.of();
  }

  @Test
  void topicConfigsAreAddedDescribedAndDeleted() throws Exception {
    createTopic("configured");
    configure("--alter", "--add-config", "retention.ms=7200000,cleanup.policy=[compact,delete]");
    Await.until(
        "the configs are there",
        LIMIT,
        () -> {
          String described = configure("--describe").out();
          return described.contains("retention.ms=7200000")
              && described.contains("cleanup.policy=compact,delete");
        });
    assertThat(configure("--describe", "--all").out())
        .contains("segment.bytes=1073741824", "DEFAULT_CONFIG:");
    configure("--alter", "--delete-config", "retention.ms,cleanup.policy");
    Await.until(
        "the configs are gone",
        LIMIT,
        () -> !configure("--describe").out().contains("retention.ms"));
    String[] refused = {
      "--entity-type",
      "topics",
      "--entity-name",
      "configured",
      "--alter",
      "--add-config",
      "retention.ms=soon"
    };
    run(ConfigCommand.class, refused).expectFailure();

    assertThat(
            tool(
                    ConfigCommand.class,
                    "--entity-type",
                    "brokers",
                    "--entity-name",
                    "1",
                    "--describe",
                    "--all")
                .out())
        .contains("node.id=1", "log.retention.hours=168");
  }

  private static Result configure(String... arguments) throws Exception {
    List<String> all =
        new ArrayList<>(List.of("--entity-type", "topics", "--entity-name", "configured"));
    all.addAll(List.of(arguments));
    return tool(ConfigCommand.class, all.toArray(String[]::new));
  }

  @Test
  void theBrokerSaysWhichVersionsItUnderstands() throws Exception {
    String out = tool(BrokerApiVersionsCommand.class).out();
    assertThat(out).contains("127.0.0.1:" + broker.port() + " (id: 1 ");
    for (String api :
        List.of(
            "Produce(0)",
            "Fetch(1)",
            "ListOffsets(2)",
            "Metadata(3)",
            "OffsetCommit(8)",
            "OffsetFetch(9)",
            "FindCoordinator(10)",
            "JoinGroup(11)",
            "Heartbeat(12)",
            "LeaveGroup(13)",
            "SyncGroup(14)",
            "DescribeGroups(15)",
            "ListGroups(16)",
            "ApiVersions(18)",
            "CreateTopics(19)",
            "DeleteTopics(20)",
            "DeleteRecords(21)",
            "InitProducerId(22)",
            "DescribeConfigs(32)",
            "CreatePartitions(37)",
            "DeleteGroups(42)",
            "IncrementalAlterConfigs(44)",
            "OffsetDelete(47)",
            "DescribeCluster(60)")) {
      assertThat(out)
          .containsPattern(
              api.replace("(", "\\(").replace(")", "\\)") + ": [0-9 to]+ \\[usable: [0-9]+\\]");
    }
  }

  private static void createTopic(String topic, String... more) throws Exception {
    List<String> arguments = new ArrayList<>(List.of("--create", "--topic", topic));
    arguments.addAll(List.of(more));
    assertThat(tool(TopicCommand.class, arguments.toArray(String[]::new)).out())
        .contains("Created topic " + topic);
    Await.until(
        "the partitions of " + topic + " answer",
        LIMIT,
        () -> run(GetOffsetShell.class, "--topic", topic).exitCode() == 0);
  }

  private static Result tool(Class<?> tool, String... arguments) throws Exception {
    return run(tool, arguments).expectSuccess();
  }

  private static Result run(Class<?> tool, String... arguments) throws Exception {
    return StockTool.run(tool, withServer(arguments));
  }

  private static String[] withServer(String... arguments) {
    List<String> all = new ArrayList<>(List.of(arguments));
    all.add("--bootstrap-server");
    all.add(broker.bootstrapServers());
    return all.toArray(String[]::new);
  }
}
