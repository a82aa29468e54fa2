package io.ottla.compat;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.ottla.compat.broker.BrokerProcess;
import io.ottla.compat.broker.Brokers;
import io.ottla.compat.cluster.Pace;
import io.ottla.compat.connect.CountingSource;
import io.ottla.compat.connect.Worker;
import io.ottla.compat.transaction.TransactionClients;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.IntStream;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.IsolationLevel;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/**
 * A source with exactly-once support, distributed over two workers of Kafka Connect: each poll is a
 * transaction with its offsets. Workers die in the middle of one, the broker dies, and one worker
 * stands still while its tasks are taken from it, and goes on as a zombie.
 */
@Timeout(600) // seconds; the long form takes its time
class ConnectExactlyOnceIT {
  private static final Duration LIMIT = Duration.ofSeconds(60);
  private static final int TASKS = 4;
  private static final int FURTHER_KILLS = Pace.rounds(0, 8);
  private static final String GROUP = "exact";
  private static final String NAME = "numbers"; // of the connector and of its topic

  @RegisterExtension static final Brokers BROKERS = new Brokers();

  private static BrokerProcess broker;

  @TempDir Path directory;

  @BeforeAll
  static void startBroker() throws Exception {
    broker = BROKERS.start(BROKERS.config().withQuickGroups());
  }

  @Test
  void eachNumberIsThereOnceAndInOrder() throws Exception {
    try (TransactionClients clients = new TransactionClients(broker::bootstrapServers);
        Worker first = worker()) {
      clients.groups().createTopic(NAME, TASKS);
      Worker second = worker();
      try {
        Await.until("the workers answer", LIMIT, () -> first.isReady() && second.isReady());
        configure(first, TASKS);
        awaitShared(first, second);
        awaitProgress(clients, TASKS);
        awaitOpen(clients, tasksOf(first).get(second.id()));
      } finally {
        second.close();
      }
      broker.kill();
      broker = BROKERS.restart(broker);
      awaitAlone(first, TASKS);
      Worker third = replaceAgainAndAgain(clients, first);
      try {
        aZombieWritesNothing(clients, first, third);
      } finally {
        third.close();
      }
      assertThat(first.delete(NAME)).isEqualTo(204);
      clients.awaitNothingOpen(NAME, TASKS);
      checkNumbers(clients);
    }
  }

  /** Kills the second of two workers in the middle of a transaction, so often; returns the last. */
  private Worker replaceAgainAndAgain(TransactionClients clients, Worker first) throws Exception {
    for (int kill = 0; ; kill++) {
      Worker second = worker();
      boolean isDone = false;
      try {
        Await.until("the new worker answers", LIMIT, second::isReady);
        awaitShared(first, second);
        awaitProgress(clients, TASKS);
        isDone = kill == FURTHER_KILLS;
        if (isDone) {
          return second;
        }
        awaitOpen(clients, tasksOf(first).get(second.id()));
      } finally {
        if (!isDone) {
          second.close();
        }
      }
      awaitAlone(first, TASKS);
    }
  }

  /**
   * A worker stands still while its tasks are fenced (Admin.fenceProducers), which ends what they
   * have begun, and while the connector gets a single task, before which the leader fences all once
   * more: nobody takes over what the other tasks did. Were they not fenced by hand, Connect would
   * wait for the timeout of what is open among its offsets.
   */
  private void aZombieWritesNothing(TransactionClients clients, Worker first, Worker zombie)
      throws Exception {
    Set<Integer> fenced = tasksOf(first).get(zombie.id());
    pauseInTransaction(clients, zombie, fenced);
    Map<Integer, Long> ends;
    try {
      List<String> ids = fenced.stream().map(ConnectExactlyOnceIT::transactionalId).toList();
      clients.groups().admin().fenceProducers(ids).all().get();
      for (int task : fenced) {
        Await.until("ended: " + task, LIMIT, () -> !isOpen(clients, Set.of(task)));
      }
      configure(first, 1);
      awaitAlone(first, 1);
      awaitProgress(clients, 1);
      clients.awaitNothingOpen(NAME, TASKS);
      ends = ends(clients);
    } finally {
      zombie.resume();
    }
    Await.until("the zombie has seen what happened", LIMIT, () -> taskCount(zombie) == 1);
    awaitProgress(clients, 1);
    for (int task = 1; task < TASKS; task++) {
      assertThat(end(clients, task)).as("end of %s", task).isEqualTo(ends.get(task));
    }

    if (Pace.isLong()) {
      configure(first, TASKS);
      awaitShared(first, zombie);
      awaitProgress(clients, TASKS);
    }
  }

  /**
   * Pauses a worker so that a transaction of one of these tasks stays open, with records. One whose
   * commit is under way has some, too; so its coordinator is asked, twice, as the worker's last
   * words may still have been on the wire at first.
   */
  private static void pauseInTransaction(
      TransactionClients clients, Worker worker, Set<Integer> tasks) throws Exception {
    for (int attempt = 0; attempt < 40; attempt++) {
      awaitOpen(clients, tasks);
      worker.pause();
      for (int task : tasks) {
        if (isOngoing(clients, task) && isOpen(clients, Set.of(task)) && isOngoing(clients, task)) {
          return;
        }
      }
      worker.resume();
    }
    throw new AssertionError("Paused forty times, and never in a transaction");
  }

  private static boolean isOngoing(TransactionClients clients, int task) throws Exception {
    return clients.state(transactionalId(task)).equals("Ongoing");
  }

  private static String transactionalId(int task) {
    return GROUP + "-" + NAME + "-" + task;
  }

  private static void checkNumbers(TransactionClients clients) throws Exception {
    Map<Integer, List<String>> numbers = new TreeMap<>();
    for (ConsumerRecord<String, String> record : clients.records(NAME, TASKS, "read_committed")) {
      numbers.computeIfAbsent(record.partition(), first -> new ArrayList<>()).add(record.value());
    }
    assertThat(numbers).hasSize(TASKS);
    numbers.forEach(
        (task, values) ->
            assertThat(values)
                .as("numbers of task %d", task)
                .isEqualTo(
                    IntStream.rangeClosed(1, values.size())
                        .mapToObj(number -> task + ":" + number)
                        .toList()));
    assertThat(clients.records(NAME, TASKS, "read_uncommitted"))
        .as("with what was aborted")
        .hasSizeGreaterThan(numbers.values().stream().mapToInt(List::size).sum());
  }

  // ---- Workers and their tasks

  private Worker worker() throws Exception {
    Map<String, String> more = new HashMap<>();
    more.put("group.id", GROUP);
    more.put("exactly.once.source.support", "enabled");
    for (String storage : List.of("config", "offset", "status")) {
      more.put(storage + ".storage.topic", GROUP + "-" + storage);
    }
    return new Worker(directory, broker.bootstrapServers(), more);
  }

  private static void configure(Worker asked, int tasks) throws Exception {
    Await.until(
        "the source is accepted with " + tasks + " tasks",
        LIMIT,
        () ->
            asked.put(
                    NAME,
                    Map.of(
                        "connector.class", CountingSource.class.getName(),
                        "tasks.max", Integer.toString(tasks),
                        "topic", NAME,
                        "own.partitions", "true",
                        "at.once", "20",
                        "pause.ms", "10",
                        "exactly.once.support", "required",
                        "transaction.boundary", "poll"))
                < 300);
  }

  /** How many tasks there are to a worker, or none if it does not answer. */
  private static int taskCount(Worker asked) throws Exception {
    JsonNode tasks = asked.get("/connectors/" + NAME + "/tasks");
    return tasks == null ? 0 : tasks.size();
  }

  /** The tasks that run, by worker; empty while not all of them do. */
  private static Map<String, Set<Integer>> tasksOf(Worker asked) throws Exception {
    int count = taskCount(asked);
    JsonNode status = asked.get("/connectors/" + NAME + "/status");
    Map<String, Set<Integer>> tasks = new HashMap<>();
    if (status != null) {
      for (JsonNode task : status.at("/tasks")) {
        if (task.at("/id").asInt() >= count) {
          continue; // taken away while its worker could not say that it has stopped
        }
        if (!task.at("/state").asText().equals("RUNNING")) {
          return Map.of();
        }
        tasks
            .computeIfAbsent(task.at("/worker_id").asText(), first -> new TreeSet<>())
            .add(task.at("/id").asInt());
      }
    }
    return tasks;
  }

  /** Waits until two workers have two tasks each. */
  private static void awaitShared(Worker first, Worker second) throws Exception {
    Await.until(
        "both workers have tasks",
        LIMIT,
        () -> {
          Map<String, Set<Integer>> tasks = tasksOf(first);
          return tasks.keySet().equals(Set.of(first.id(), second.id()))
              && tasks.values().stream().allMatch(some -> some.size() == TASKS / 2);
        });
  }

  /** Waits until a worker has the connector, and all of so many tasks. */
  private static void awaitAlone(Worker first, int tasks) throws Exception {
    Await.until(
        "the first worker has all " + tasks + " tasks",
        LIMIT,
        () -> {
          JsonNode status = first.get("/connectors/" + NAME + "/status");
          return status != null
              && status.at("/connector/worker_id").asText().equals(first.id())
              && tasksOf(first).equals(Map.of(first.id(), all(tasks)));
        });
  }

  private static Set<Integer> all(int tasks) {
    Set<Integer> all = new TreeSet<>();
    IntStream.range(0, tasks).forEach(all::add);
    return all;
  }

  // ---- What they have written

  private static void awaitOpen(TransactionClients clients, Set<Integer> tasks) throws Exception {
    Await.until("a transaction is open in " + tasks, LIMIT, () -> isOpen(clients, tasks));
  }

  private static boolean isOpen(TransactionClients clients, Set<Integer> tasks) throws Exception {
    for (int task : tasks) {
      if (clients.end(NAME, task, IsolationLevel.READ_COMMITTED)
          < clients.end(NAME, task, IsolationLevel.READ_UNCOMMITTED)) {
        return true;
      }
    }
    return false;
  }

  private static long end(TransactionClients clients, int task) {
    try {
      return clients.end(NAME, task, IsolationLevel.READ_COMMITTED);
    } catch (Exception e) {
      throw new AssertionError(e);
    }
  }

  private static Map<Integer, Long> ends(TransactionClients clients) {
    Map<Integer, Long> ends = new HashMap<>();
    all(TASKS).forEach(task -> ends.put(task, end(clients, task)));
    return ends;
  }

  /** Waits until each of the first tasks has committed some more. */
  private static void awaitProgress(TransactionClients clients, int tasks) throws Exception {
    Map<Integer, Long> before = ends(clients);
    Await.until(
        "progress of " + tasks + " tasks",
        LIMIT,
        () -> {
          Map<Integer, Long> now = ends(clients);
          return all(tasks).stream().allMatch(task -> now.get(task) >= before.get(task) + 100);
        });
  }
}
