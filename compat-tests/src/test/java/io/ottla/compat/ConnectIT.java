package io.ottla.compat;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import io.ottla.compat.broker.BrokerProcess;
import io.ottla.compat.broker.Brokers;
import io.ottla.compat.cluster.Pace;
import io.ottla.compat.connect.CountingSource;
import io.ottla.compat.connect.LineSink;
import io.ottla.compat.connect.Worker;
import io.ottla.compat.member.GroupClients;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.config.ConfigResource;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Kafka Connect, distributed over two workers: they share the tasks, one of them dies, and the
 * other goes on where the committed offsets say.
 */
@Timeout(600) // seconds; the long form takes its time
class ConnectIT {
  private static final Duration LIMIT = Duration.ofSeconds(60);
  private static final int TASKS = 4;

  @RegisterExtension static final Brokers BROKERS = new Brokers();

  private static BrokerProcess broker;

  @TempDir Path directory;

  @BeforeAll
  static void startBroker() throws Exception {
    broker = BROKERS.start(BROKERS.config().withQuickGroups());
  }

  @Test
  void tasksMoveFromAWorkerThatDiesAndNothingIsLost() throws Exception {
    try (Worker first = new Worker(directory, broker.bootstrapServers(), Map.of());
        Worker second = new Worker(directory, broker.bootstrapServers(), Map.of());
        GroupClients clients = new GroupClients(broker::bootstrapServers)) {
      Await.until("the workers answer", LIMIT, () -> first.isReady() && second.isReady());
      clients.createTopic("counted", 4);
      Path file = directory.resolve("lines");
      Await.until(
          "the source is accepted",
          LIMIT,
          () ->
              first.put(
                      "source",
                      Map.of(
                          "connector.class", CountingSource.class.getName(),
                          "tasks.max", Integer.toString(TASKS),
                          "topic", "counted"))
                  < 300);
      Await.until(
          "the sink is accepted",
          LIMIT,
          () ->
              second.put(
                      "sink",
                      Map.of(
                          "connector.class", LineSink.class.getName(),
                          "tasks.max", Integer.toString(TASKS),
                          "topics", "counted",
                          "file", file.toString()))
                  < 300);
      Await.until(
          "both workers have tasks",
          LIMIT,
          () -> workersOfTasks(first).equals(Set.of(first.id(), second.id())));
      Await.until("lines of all tasks", LIMIT, () -> counted(file).size() == TASKS);
      JsonNode status = first.get("/connectors/sink/status");
      assertThat(status.at("/connector/state").asText()).isEqualTo("RUNNING");

      second.kill();
      Map<String, TreeSet<Long>> before = counted(file);
      Await.until(
          "the first worker has all tasks",
          LIMIT,
          () -> workersOfTasks(first).equals(Set.of(first.id())));
      Await.until(
          "all tasks have counted on",
          LIMIT,
          () -> {
            Map<String, TreeSet<Long>> now = counted(file);
            return now.entrySet().stream()
                .allMatch(task -> task.getValue().last() > before.get(task.getKey()).last() + 20);
          });
      try (Worker third =
          Pace.isLong() ? new Worker(directory, broker.bootstrapServers(), Map.of()) : null) {
        if (third != null) {
          Set<String> both = Set.of(first.id(), third.id());
          Await.until(
              "a new worker has tasks",
              LIMIT,
              () -> third.isReady() && workersOfTasks(first).equals(both));
        }
        JsonNode offsets = first.get("/connectors/source/offsets");
        assertThat(offsets.at("/offsets").size()).isEqualTo(TASKS);
        assertThat(first.delete("source")).isEqualTo(204);
        awaitAllLines(file, clients);
      }
      counted(file)
          .forEach(
              (task, numbers) ->
                  assertThat((long) numbers.size())
                      .as("numbers of task %s, none left out", task)
                      .isEqualTo(numbers.last()));
      for (String topic : List.of("connect-config", "connect-offset", "connect-status")) {
        assertThat(configOf(clients, topic)).as(topic).isEqualTo("compact");
      }
      Await.until(
          "the sink has committed",
          LIMIT,
          () -> {
            JsonNode committed = first.get("/connectors/sink/offsets");
            return committed != null && !committed.at("/offsets").isEmpty();
          });
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"eager", "compatible"})
  void workersOfOlderProtocolsMakeOneGroup(String protocol) throws Exception {
    assumeTrue(Pace.isLong(), "left out for time");
    Map<String, String> more = new HashMap<>(Map.of("connect.protocol", protocol));
    more.put("group.id", "connect-" + protocol);
    for (String storage : List.of("config", "offset", "status")) {
      more.put(storage + ".storage.topic", "connect-" + protocol + "-" + storage);
    }
    try (Worker first = new Worker(directory, broker.bootstrapServers(), more);
        Worker second = new Worker(directory, broker.bootstrapServers(), more);
        GroupClients clients = new GroupClients(broker::bootstrapServers)) {
      Await.until("the workers answer", LIMIT, () -> first.isReady() && second.isReady());
      clients.createTopic("counted-" + protocol, 1);
      Await.until(
          "the source is accepted",
          LIMIT,
          () ->
              first.put(
                      "source",
                      Map.of(
                          "connector.class", CountingSource.class.getName(),
                          "tasks.max", Integer.toString(TASKS),
                          "topic", "counted-" + protocol))
                  < 300);
      Await.until(
          "both workers have tasks",
          LIMIT,
          () -> workersOf(first, "source").equals(Set.of(first.id(), second.id())));
    }
  }

  private static Set<String> workersOfTasks(Worker asked) throws Exception {
    Set<String> workers = new HashSet<>(workersOf(asked, "source"));
    workers.addAll(workersOf(asked, "sink"));
    return workers;
  }

  /** The workers a connector's tasks run on; none unless all of them run. */
  private static Set<String> workersOf(Worker asked, String connector) throws Exception {
    JsonNode status = asked.get("/connectors/" + connector + "/status");
    Set<String> workers = new HashSet<>();
    if (status == null || status.at("/tasks").size() != TASKS) {
      return Set.of("not all tasks of " + connector);
    }
    for (JsonNode task : status.at("/tasks")) {
      workers.add(
          task.at("/state").asText().equals("RUNNING")
              ? task.at("/worker_id").asText()
              : "a task that does not run");
    }
    return workers;
  }

  /** The numbers in the file by the task that counted them. */
  private static Map<String, TreeSet<Long>> counted(Path file) throws Exception {
    Map<String, TreeSet<Long>> counted = new HashMap<>();
    if (Files.exists(file)) {
      List<String> lines = new ArrayList<>(Files.readAllLines(file));
      for (String line : lines) {
        if (line.matches("\\d:\\d+")) {
          counted
              .computeIfAbsent(line.substring(0, 1), task -> new TreeSet<>())
              .add(Long.parseLong(line.substring(2)));
        }
      }
    }
    return counted;
  }

  /** Waits until all that is in the topic is in the file too. */
  private static void awaitAllLines(Path file, GroupClients clients) throws Exception {
    Consumer<String, String> reader = clients.classic("reader");
    Set<TopicPartition> partitions = GroupClients.partitions("counted", 4);
    reader.assign(partitions);
    reader.seekToBeginning(partitions);
    Map<String, TreeSet<Long>> written = new HashMap<>();
    long end = reader.endOffsets(partitions).values().stream().mapToLong(one -> one).sum();
    Await.until(
        "the topic is read",
        LIMIT,
        () -> {
          reader
              .poll(Duration.ofMillis(100))
              .forEach(
                  record ->
                      written
                          .computeIfAbsent(record.value().substring(0, 1), task -> new TreeSet<>())
                          .add(Long.parseLong(record.value().substring(2))));
          return partitions.stream().mapToLong(reader::position).sum() >= end;
        });
    Await.until(
        "the sink has written all",
        LIMIT,
        () -> {
          Map<String, TreeSet<Long>> lines = counted(file);
          return written.entrySet().stream()
              .allMatch(
                  task ->
                      lines
                          .getOrDefault(task.getKey(), new TreeSet<>())
                          .containsAll(task.getValue()));
        });
  }

  private static String configOf(GroupClients clients, String topic) throws Exception {
    ConfigResource resource = new ConfigResource(ConfigResource.Type.TOPIC, topic);
    return clients
        .admin()
        .describeConfigs(List.of(resource))
        .all()
        .get()
        .get(resource)
        .get("cleanup.policy")
        .value();
  }
}
