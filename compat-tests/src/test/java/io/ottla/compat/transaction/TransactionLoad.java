package io.ottla.compat.transaction;

import static org.assertj.core.api.Assertions.assertThat;

import io.ottla.compat.Await;
import io.ottla.compat.workload.StockClient;
import io.ottla.history.Anomaly;
import io.ottla.history.History.Read;
import io.ottla.history.HistoryChecker;
import io.ottla.history.TransactionChecker;
import io.ottla.history.TransactionHistory;
import io.ottla.history.TransactionHistory.Bounds;
import io.ottla.history.TransactionHistory.Outcome;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/**
 * Stock clients of two generations at work with transactions while faults happen to their brokers:
 * writers, copiers in one group of each group protocol, readers of both isolations. All of it ends
 * up in a {@link TransactionHistory}, which {@link #finish} judges. The test's thread owns it.
 *
 * <p>Clients of the new generation (transaction version 2: an epoch for each transaction) soon lose
 * patience with a silent broker, and ask again over another connection. Those of the old one are
 * patient: a request of theirs that comes late could end the transaction after the one it was sent
 * for, for which the protocol of their time has no remedy.
 */
public final class TransactionLoad implements AutoCloseable {
  public static final String INPUT = "input";
  public static final String OUTPUT = "output";
  public static final int PARTITIONS = 6;

  private static final String NEW = "4.3.1";
  private static final String OLD = "3.9.2";
  private static final List<String> WRITERS = List.of(NEW, NEW, OLD);
  private static final List<String> COPIERS = List.of(NEW, NEW, OLD, OLD);
  private static final List<Boolean> READERS_COMMITTED = List.of(true, true, false);
  private static final Duration LIMIT = Duration.ofSeconds(90);
  private static final Duration END_LIMIT = Duration.ofSeconds(45);

  private final String bootstrapServers;
  private final long seed;
  private final Random random;
  private final TransactionHistory history =
      new TransactionHistory(List.of(INPUT, OUTPUT), PARTITIONS);
  private final Map<String, StockClient> versions = new LinkedHashMap<>();
  private final Map<Integer, AutoCloseable> writers = new LinkedHashMap<>();
  private final Map<String, Map<Integer, AutoCloseable>> copiers = new LinkedHashMap<>();
  private final List<TopicReader> readers = new ArrayList<>();

  private TransactionLoad(String bootstrapServers, long seed) {
    this.bootstrapServers = bootstrapServers;
    this.seed = seed;
    this.random = new Random(seed);
  }

  /** Starts all clients; both topics are there already. */
  public static TransactionLoad start(String bootstrapServers, long seed) throws Exception {
    TransactionLoad load = new TransactionLoad(bootstrapServers, seed);
    int client = 0;
    for (String version : WRITERS) {
      load.write(++client, version);
    }
    for (String version : COPIERS) {
      load.copy(++client, version);
    }
    for (boolean committed : READERS_COMMITTED) {
      load.readers.add(
          new TopicReader(
              ++client, committed, load.readerSettings(committed), partitions(), load.history));
    }
    return load;
  }

  private StockClient client(String version) throws Exception {
    StockClient client = versions.get(version);
    if (client == null) {
      client = new StockClient(version);
      versions.put(version, client);
    }
    return client;
  }

  private void write(int number, String version) throws Exception {
    writers.put(
        number,
        client(version)
            .make(
                TransactionalWriter.class,
                "writer-" + number,
                number,
                producerSettings(version),
                random.nextLong(),
                history,
                INPUT,
                PARTITIONS));
  }

  private void copy(int number, String version) throws Exception {
    boolean isNew = version.equals(NEW);
    String group = "copiers-" + version;
    Map<String, String> consumer = new HashMap<>();
    consumer.put("bootstrap.servers", bootstrapServers);
    consumer.put("group.id", group);
    consumer.put("isolation.level", "read_committed");
    consumer.put("enable.auto.commit", "false");
    consumer.put("auto.offset.reset", "earliest");
    consumer.put("max.poll.records", "50");
    consumer.put("reconnect.backoff.max.ms", "200");
    if (isNew) {
      consumer.put("group.protocol", "consumer");
    } else {
      consumer.put("session.timeout.ms", "10000");
      consumer.put("heartbeat.interval.ms", "1000");
    }
    copiers
        .computeIfAbsent(group, some -> new LinkedHashMap<>())
        .put(
            number,
            client(version)
                .make(
                    TransactionalCopier.class,
                    "copier-" + number,
                    number,
                    producerSettings(version),
                    random.nextLong(),
                    history,
                    consumer,
                    INPUT,
                    OUTPUT,
                    PARTITIONS));
  }

  private Map<String, String> producerSettings(String version) {
    Map<String, String> settings = new HashMap<>();
    settings.put("bootstrap.servers", bootstrapServers);
    settings.put("linger.ms", "0");
    settings.put("reconnect.backoff.max.ms", "200");
    if (version.equals(NEW)) {
      settings.put("request.timeout.ms", "2000");
      settings.put("delivery.timeout.ms", "10000");
      settings.put("max.block.ms", "4000");
      settings.put("transaction.timeout.ms", "8000");
    } else {
      settings.put("max.block.ms", "30000");
      settings.put("transaction.timeout.ms", "12000");
    }
    return settings;
  }

  private Map<String, Object> readerSettings(boolean committed) {
    Map<String, Object> settings = new HashMap<>();
    settings.put("bootstrap.servers", bootstrapServers);
    settings.put("auto.offset.reset", "none");
    settings.put("enable.auto.commit", "false");
    settings.put("isolation.level", committed ? "read_committed" : "read_uncommitted");
    settings.put("request.timeout.ms", "3000");
    settings.put("default.api.timeout.ms", "60000");
    settings.put("reconnect.backoff.max.ms", "200");
    return settings;
  }

  private static List<TopicPartition> partitions() {
    List<TopicPartition> all = new ArrayList<>();
    for (String topic : List.of(INPUT, OUTPUT)) {
      for (int partition = 0; partition < PARTITIONS; partition++) {
        all.add(new TopicPartition(topic, partition));
      }
    }
    return all;
  }

  private int number(TopicPartition partition) {
    return history.partition(partition.topic(), partition.partition());
  }

  // ---- What a test asks

  public TransactionHistory history() {
    return history;
  }

  /** Waits until every writer and every group has so many more commits confirmed. */
  public void awaitProgress(int commits) throws Exception {
    Map<String, List<Integer>> teams = new LinkedHashMap<>();
    writers.keySet().forEach(writer -> teams.put("writer " + writer, List.of(writer)));
    copiers.forEach((group, members) -> teams.put(group, List.copyOf(members.keySet())));
    Map<String, Long> before = new HashMap<>();
    teams.forEach((team, clients) -> before.put(team, committed(clients)));
    for (Map.Entry<String, List<Integer>> team : teams.entrySet()) {
      Await.until(
          commits + " more commits of " + team.getKey(),
          LIMIT,
          () -> {
            checkProblems();
            return committed(team.getValue()) >= before.get(team.getKey()) + commits;
          });
    }
  }

  private long committed(List<Integer> clients) {
    return clients.stream().mapToLong(history::committed).sum();
  }

  private void checkProblems() {
    assertThat(history.problems()).as("problems of clients").isEmpty();
  }

  /** Runs a part of the test; if it fails, the seed and where the history is are told. */
  public void orTell(Part part) throws Exception {
    try {
      part.run();
    } catch (Throwable e) {
      Path file = Path.of("target", "histories", "transactions-" + seed + ".txt").toAbsolutePath();
      history.save(file, "seed " + seed);
      throw new AssertionError(
          "With -Dcompat.seed=%d; the history is in %s: %s".formatted(seed, file, e.getMessage()),
          e);
    }
  }

  /** A part of a test. */
  public interface Part {
    void run() throws Exception;
  }

  /**
   * Ends the clients when their brokers are whole again, reads everything back and checks: no
   * anomaly in the history, everything copied, nobody stuck.
   */
  public void finish() throws Exception {
    List<String> stuck = new ArrayList<>();
    awaitProgress(3);
    for (AutoCloseable writer : writers.values()) {
      writer.close();
    }
    checkProblems();
    try (Admin admin = Admin.create(Map.of("bootstrap.servers", bootstrapServers))) {
      orNote(stuck, () -> awaitStable(INPUT));
      orNote(stuck, () -> awaitCopied(admin));
      for (Map<Integer, AutoCloseable> members : copiers.values()) {
        for (AutoCloseable copier : members.values()) {
          copier.close();
        }
      }
      checkProblems();
      orNote(stuck, () -> awaitStable(OUTPUT));
      readPositions(admin);
    }
    readAll(false);
    readAll(true);
    orNote(stuck, this::awaitReaders);
    for (TopicReader reader : readers) {
      reader.close();
    }
    checkProblems();
    System.out.printf(
        "seed %d: %,d transactions, %,d committed, %,d aborted, %,d unknown; %,d values written,"
            + " %,d of them committed; %,d reads with read_committed, %,d without; %,d positions"
            + " asked for%n",
        seed,
        history.transactions().size(),
        history.count(Outcome.COMMITTED),
        history.count(Outcome.ABORTED),
        history.count(Outcome.UNKNOWN),
        history.log().finalReads().size(),
        history.finalReads().size(),
        history.reads().size(),
        history.log().reads().size(),
        history.positions().size());
    List<Anomaly> anomalies = TransactionChecker.check(history);
    assertThat(anomalies)
        .as("what is stuck: %s; anomalies: %s", stuck, HistoryChecker.describe(anomalies))
        .isEmpty();
    assertThat(stuck).as("what is stuck").isEmpty();
  }

  /** What does not come to its end has a cause, which the history tells better. */
  private static void orNote(List<String> stuck, Part part) throws Exception {
    try {
      part.run();
    } catch (AssertionError e) {
      stuck.add(e.getMessage());
    }
  }

  /** Waits until no open transaction is in a topic any more, and says how that ended. */
  private void awaitStable(String topic) throws Exception {
    List<TopicPartition> some =
        partitions().stream().filter(partition -> partition.topic().equals(topic)).toList();
    Map<TopicPartition, Bounds> bounds = new HashMap<>();
    try (Consumer<byte[], byte[]> committed = consumer(true);
        Consumer<byte[], byte[]> uncommitted = consumer(false)) {
      try {
        Await.until(
            "no open transaction in " + topic,
            END_LIMIT,
            () -> {
              Map<TopicPartition, Long> stable = committed.endOffsets(some);
              uncommitted
                  .endOffsets(some)
                  .forEach(
                      (partition, end) ->
                          bounds.put(
                              partition,
                              new Bounds(number(partition), stable.get(partition), end)));
              return bounds.values().stream().allMatch(each -> each.stable() >= each.end());
            });
      } finally {
        bounds
            .values()
            .forEach(each -> history.bounds(each.partition(), each.stable(), each.end()));
      }
    }
  }

  private void awaitCopied(Admin admin) throws Exception {
    Map<TopicPartition, Long> last = new HashMap<>();
    read(
        partitions().stream().filter(partition -> partition.topic().equals(INPUT)).toList(),
        true,
        record ->
            last.merge(
                new TopicPartition(record.topic(), record.partition()),
                record.offset() + 1,
                Math::max));
    for (String group : copiers.keySet()) {
      Await.until(
          group + " have copied up to " + last,
          END_LIMIT,
          () -> {
            checkProblems();
            Map<TopicPartition, OffsetAndMetadata> positions = positions(admin, group);
            return last.entrySet().stream()
                .allMatch(
                    each ->
                        positions.get(each.getKey()) != null
                            && positions.get(each.getKey()).offset() >= each.getValue());
          });
    }
  }

  private static Map<TopicPartition, OffsetAndMetadata> positions(Admin admin, String group)
      throws Exception {
    return admin.listConsumerGroupOffsets(group).partitionsToOffsetAndMetadata().get();
  }

  private void readPositions(Admin admin) throws Exception {
    for (String group : copiers.keySet()) {
      Map<TopicPartition, OffsetAndMetadata> positions = positions(admin, group);
      for (TopicPartition each : partitions()) {
        if (each.topic().equals(INPUT)) {
          OffsetAndMetadata position = positions.get(each);
          history.positionFinally(group, number(each), position == null ? 0 : position.offset());
        }
      }
    }
  }

  private interface Receiver {
    void receive(ConsumerRecord<byte[], byte[]> record);
  }

  private void readAll(boolean committed) {
    read(
        partitions(),
        committed,
        record -> {
          int partition = history.partition(record.topic(), record.partition());
          long value = TransactionalClient.valueOf(record.value());
          if (committed) {
            history.readFinally(partition, record.offset(), value);
          } else {
            history.log().readFinally(partition, record.offset(), value);
          }
        });
  }

  private void read(List<TopicPartition> some, boolean committed, Receiver receiver) {
    try (Consumer<byte[], byte[]> consumer = consumer(committed)) {
      Map<TopicPartition, Long> ends = consumer.endOffsets(some);
      consumer.assign(some);
      consumer.seekToBeginning(some);
      long deadlineNs = System.nanoTime() + LIMIT.toNanos();
      while (some.stream().anyMatch(each -> consumer.position(each) < ends.get(each))) {
        assertThat(deadlineNs - System.nanoTime()).as("time left to read it all").isPositive();
        consumer.poll(Duration.ofMillis(200)).forEach(receiver::receive);
      }
    }
  }

  private Consumer<byte[], byte[]> consumer(boolean committed) {
    return new KafkaConsumer<>(
        readerSettings(committed), new ByteArrayDeserializer(), new ByteArrayDeserializer());
  }

  /** Waits until all readers have seen everything; one of them may have seen more than is there. */
  private void awaitReaders() throws Exception {
    for (TopicReader reader : readers) {
      List<Read> all =
          List.copyOf(reader.readsCommitted() ? history.finalReads() : history.log().finalReads());
      Await.until(
          "a reader sees all of " + all.size() + " values",
          END_LIMIT,
          () -> {
            checkProblems();
            return reader.count() >= all.size();
          });
    }
  }

  @Override
  public void close() throws Exception {
    for (AutoCloseable writer : writers.values()) {
      writer.close();
    }
    for (Map<Integer, AutoCloseable> members : copiers.values()) {
      for (AutoCloseable copier : members.values()) {
        copier.close();
      }
    }
    for (TopicReader reader : readers) {
      reader.close();
    }
    for (StockClient version : versions.values()) {
      version.close();
    }
  }
}
