package io.ottla.compat;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.ottla.compat.broker.BrokerProcess;
import io.ottla.compat.broker.Brokers;
import io.ottla.compat.tools.StockTool;
import io.ottla.compat.tools.StockTool.Result;
import io.ottla.compat.transaction.TransactionClients;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.kafka.clients.admin.FenceProducersResult;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.common.IsolationLevel;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.errors.ProducerFencedException;
import org.apache.kafka.tools.DumpLogSegments;
import org.apache.kafka.tools.ProducerPerformance;
import org.apache.kafka.tools.TransactionsCommand;
import org.apache.kafka.tools.consumer.ConsoleConsumer;
import org.apache.kafka.tools.consumer.TransactionLogMessageFormatter;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/**
 * kafka-transactions does all its subcommands; other tools take part in transactions, and read what
 * the coordinator writes.
 */
class TransactionToolsIT {
  @RegisterExtension static final Brokers BROKERS = new Brokers();

  private static BrokerProcess broker;
  private static TransactionClients clients;

  @BeforeAll
  static void startBroker() throws Exception {
    broker = BROKERS.start();
    clients = new TransactionClients(broker::bootstrapServers);
  }

  @AfterAll
  static void closeClients() {
    clients.close();
  }

  private static Producer<String, String> open(String name) throws Exception {
    clients.groups().createTopic(name, 2);
    Producer<String, String> producer = clients.producer(name);
    producer.beginTransaction();
    TransactionClients.send(producer, name, 2, "a", "b");
    return producer;
  }

  @Test
  void listsTransactions() throws Exception {
    Producer<String, String> producer = open("list-open");
    clients.producer("list-empty");
    List<String> all = rows("list");
    assertThat(all).anyMatch(row -> row.matches("list-open 1 \\d+ Ongoing"));
    assertThat(all).anyMatch(row -> row.matches("list-empty 1 \\d+ Empty"));
    assertThat(rows("list", "--transactional-id-pattern", "list-o.*"))
        .singleElement()
        .asString()
        .startsWith("list-open ");
    assertThat(rows("list", "--transactional-id-pattern", "list")).isEmpty();
    assertThat(rows("list", "--duration-filter", "600000")).noneMatch(row -> row.contains("-open"));
    assertThat(rows("list", "--duration-filter", "0")).anyMatch(row -> row.contains("list-open"));
    tool("list", "--transactional-id-pattern", "(").expectFailure();
    producer.commitTransaction();
    clients.awaitState("list-open", "CompleteCommit");
    assertThat(rows("list")).anyMatch(row -> row.matches("list-open 1 \\d+ CompleteCommit"));
  }

  @Test
  void describesTransactionsAndProducers() throws Exception {
    Producer<String, String> producer = open("describe");
    assertThat(rows("describe", "--transactional-id", "describe"))
        .singleElement()
        .asString()
        .matches("1 describe \\d+ 0 Ongoing 60000 \\d{13} \\d+ describe-[01],describe-[01]");
    assertThat(rows("describe-producers", "--topic", "describe", "--partition", "1"))
        .singleElement()
        .asString()
        .matches("\\d+ 0 -1 0 \\d{13} 0");
    assertThat(
            rows(
                "describe-producers",
                "--broker-id",
                "1",
                "--topic",
                "describe",
                "--partition",
                "0"))
        .hasSize(1);
    producer.abortTransaction();
    clients.awaitState("describe", "CompleteAbort");
    assertThat(rows("describe", "--transactional-id", "describe"))
        .singleElement()
        .asString()
        .matches("1 describe \\d+ 1 CompleteAbort 60000 \\d{13} \\d+ ?");
    assertThat(rows("describe-producers", "--topic", "describe", "--partition", "1"))
        .singleElement()
        .asString()
        .matches("\\d+ 1 \\d+ -1 \\d{13} None");
    assertThat(tool("describe", "--transactional-id", "not there").expectFailure().err())
        .contains("could not be found");
  }

  /**
   * A transaction that hangs cannot be made: whatever is in a partition, its coordinator knows
   * (KIP-890). One that is open is not taken for one that hangs; an administrator may abort it all
   * the same.
   */
  @Test
  void findsNothingThatHangsAndAbortsWhatIsOpen() throws Exception {
    Producer<String, String> producer = open("abort");
    for (String[] scope : new String[][] {{"--topic", "abort"}, {"--broker-id", "1"}}) {
      assertThat(rows("find-hanging", "--max-transaction-timeout", "0", scope[0], scope[1]))
          .isEmpty();
    }
    tool("abort", "--topic", "abort", "--partition", "0", "--start-offset", "7").expectFailure();
    tool("abort", "--topic", "abort", "--partition", "0", "--start-offset", "0").expectSuccess();
    tool("abort", "--topic", "abort", "--partition", "1", "--start-offset", "0").expectSuccess();
    clients.awaitNothingOpen("abort", 2);
    assertThat(clients.end("abort", 0, IsolationLevel.READ_COMMITTED)).isEqualTo(2);
    assertThat(clients.values("abort", 2, "read_committed")).isEmpty();
    assertThat(clients.state("abort")).as("to its coordinator").isEqualTo("Ongoing");
    producer.abortTransaction();
    producer.beginTransaction();
    TransactionClients.send(producer, "abort", 2, "c", "d");
    producer.commitTransaction();
    clients.awaitNothingOpen("abort", 2);
    assertThat(clients.values("abort", 2, "read_committed")).containsExactlyInAnyOrder("c", "d");
  }

  @Test
  void terminatesTransactionsByForce() throws Exception {
    Producer<String, String> producer = open("force");
    tool("forceTerminateTransaction", "--transactionalId", "force").expectSuccess();
    clients.awaitNothingOpen("force", 2);
    assertThatThrownBy(producer::commitTransaction).isInstanceOf(KafkaException.class);
    assertThat(clients.values("force", 2, "read_committed")).isEmpty();
    assertThat(clients.state("force")).isNotEqualTo("Ongoing");
  }

  /** What Kafka Connect does to the tasks before those it starts. */
  @Test
  void anAdministratorFencesProducers() throws Exception {
    Producer<String, String> producer = open("fence");
    FenceProducersResult fenced =
        clients.groups().admin().fenceProducers(List.of("fence", "not yet seen"));
    assertThat(fenced.epochId("fence").get()).isPositive();
    assertThat(fenced.epochId("not yet seen").get()).isEqualTo((short) 0);
    assertThat(fenced.producerId("not yet seen").get())
        .isNotEqualTo(fenced.producerId("fence").get());
    clients.awaitNothingOpen("fence", 2);
    assertThatThrownBy(producer::commitTransaction).isInstanceOf(ProducerFencedException.class);
    assertThat(clients.values("fence", 2, "read_committed")).isEmpty();
  }

  @Test
  void theProducerPerformanceToolCommitsAllItSends() throws Exception {
    clients.groups().createTopic("performance", 3);
    Result result =
        StockTool.run(
                ProducerPerformance.class,
                "--bootstrap-server",
                broker.bootstrapServers(),
                "--topic",
                "performance",
                "--num-records",
                "3000",
                "--record-size",
                "100",
                "--throughput",
                "-1",
                "--transactional-id",
                "performance",
                "--transaction-duration-ms",
                "50")
            .expectSuccess();
    assertThat(result.out()).contains("3000 records sent");
    clients.awaitNothingOpen("performance", 3);
    assertThat(clients.records("performance", 3, "read_committed")).hasSize(3000);
  }

  @Test
  void theFormatterAndTheDumpToolReadWhatTheCoordinatorWrites() throws Exception {
    Producer<String, String> producer = open("formatted");
    producer.commitTransaction();
    producer.beginTransaction();
    producer.abortTransaction(); // of nothing: the epoch rises nevertheless
    producer.beginTransaction();
    TransactionClients.send(producer, "formatted", 1, "c");
    clients.awaitState("formatted", "Ongoing");

    List<String> states = new ArrayList<>();
    for (JsonNode record : formatted()) {
      JsonNode value = record.at("/value/data");
      assertThat(record.at("/value/version").asInt()).isEqualTo(1);
      assertThat(value.at("/transactionTimeoutMs").asInt()).isEqualTo(60_000);
      assertThat(value.at("/transactionLastUpdateTimestampMs").asLong()).isPositive();
      Map<String, Set<Integer>> partitions = new TreeMap<>();
      value
          .at("/transactionPartitions")
          .forEach(
              topic ->
                  partitions.put(topic.at("/topic").asText(), sorted(topic.at("/partitionIds"))));
      states.add(
          value.at("/transactionStatus").asInt()
              + " epoch "
              + value.at("/producerEpoch").asInt()
              + " "
              + partitions);
    }
    assertThat(states)
        .containsExactly(
            "0 epoch 0 {}",
            "1 epoch 0 {formatted=[0]}",
            "1 epoch 0 {formatted=[0, 1]}",
            "2 epoch 1 {formatted=[0, 1]}",
            "4 epoch 1 {}",
            "1 epoch 1 {formatted=[0]}");

    StringBuilder dumped = new StringBuilder();
    try (Stream<Path> files = Files.walk(broker.config().logDirectory())) {
      for (Path file :
          files
              .filter(
                  path ->
                      path.getParent().getFileName().toString().startsWith("__transaction_state-")
                          && path.toString().endsWith(".log"))
              .toList()) {
        dumped.append(
            StockTool.run(
                    DumpLogSegments.class, "--transaction-log-decoder", "--files", file.toString())
                .expectSuccess()
                .out());
      }
    }
    assertThat(dumped.toString())
        .contains("\"transactionalId\":\"formatted\"", "\"topic\":\"formatted\"")
        .doesNotContain("Failed to decode", "Could not read");
    producer.abortTransaction();
  }

  /** What the console consumer prints of the coordinator's topic about one transactional id. */
  private static List<JsonNode> formatted() throws Exception {
    String out =
        StockTool.run(
                ConsoleConsumer.class,
                "--bootstrap-server",
                broker.bootstrapServers(),
                "--topic",
                "__transaction_state",
                "--from-beginning",
                "--formatter",
                TransactionLogMessageFormatter.class.getName(),
                "--timeout-ms",
                "2500",
                "--command-property",
                "exclude.internal.topics=false")
            .out();
    List<JsonNode> records = new ArrayList<>();
    for (String line : out.replace("}{", "}\n{").lines().toList()) {
      if (line.startsWith("{")) {
        JsonNode record = new ObjectMapper().readTree(line);
        if (record.at("/key/data/transactionalId").asText().equals("formatted")) {
          records.add(record);
        }
      }
    }
    return records;
  }

  private static Set<Integer> sorted(JsonNode numbers) {
    Set<Integer> sorted = new TreeSet<>();
    numbers.forEach(number -> sorted.add(number.asInt()));
    return sorted;
  }

  private static Result tool(String... arguments) throws Exception {
    List<String> all = new ArrayList<>(List.of("--bootstrap-server", broker.bootstrapServers()));
    all.addAll(List.of(arguments));
    return StockTool.run(TransactionsCommand.class, all.toArray(String[]::new));
  }

  /** What a subcommand prints below the head of its table, with single spaces. */
  private static List<String> rows(String... arguments) throws Exception {
    return tool(arguments).expectSuccess().lines().stream()
        .skip(1)
        .filter(line -> !line.isBlank())
        .map(line -> Arrays.stream(line.trim().split("\\s+")).collect(Collectors.joining(" ")))
        .toList();
  }
}
