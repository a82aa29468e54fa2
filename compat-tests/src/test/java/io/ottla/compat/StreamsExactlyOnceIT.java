package io.ottla.compat;

import static org.assertj.core.api.Assertions.assertThat;

import io.ottla.compat.broker.BrokerProcess;
import io.ottla.compat.broker.Brokers;
import io.ottla.compat.cluster.Pace;
import io.ottla.compat.member.GroupClients;
import io.ottla.compat.streams.Feed;
import io.ottla.compat.streams.Settlement;
import io.ottla.compat.streams.StreamsProcess;
import io.ottla.compat.streams.WordCount;
import io.ottla.compat.tools.StockTool;
import io.ottla.compat.transaction.TransactionClients;
import io.ottla.compat.transaction.TransactionFaults;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.IsolationLevel;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.serialization.StringSerializer;
import org.apache.kafka.streams.Topology;
import org.apache.kafka.tools.StreamsResetter;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/**
 * Kafka Streams apps with exactly-once processing, whose instances are killed and come back with
 * and without their state, while the broker is killed too: what they write, read with
 * read_committed, is what one gets by computing it of the whole input at once. Some turns with
 * every build, many with the profile {@code faults}. A failure names its seed.
 */
@Timeout(900) // seconds; the long form takes its time
class StreamsExactlyOnceIT {
  private static final Duration LIMIT = Duration.ofSeconds(60);
  private static final int PARTITIONS = 2;
  private static final int FURTHER_FAULTS = Pace.rounds(0, 40);

  /** So many results show that an app is going on. */
  private static final int PROGRESS = 100;

  @RegisterExtension static final Brokers BROKERS = new Brokers();

  private static BrokerProcess broker;

  @TempDir Path directory;

  private final long seed = TransactionFaults.seed();
  private final Random random = new Random(seed);
  private final List<StreamsProcess> instances = new ArrayList<>();
  private final List<ConsumerRecord<String, String>> read = new ArrayList<>();
  private TransactionClients clients;
  private Consumer<String, String> reader;
  private String output;
  private String application;

  @BeforeAll
  static void startBroker() throws Exception {
    broker =
        BROKERS.start(
            BROKERS
                .config()
                .withQuickGroups()
                .with("transaction.abort.timed.out.transaction.cleanup.interval.ms", "500"));
  }

  @BeforeEach
  void openClients() {
    clients = new TransactionClients(broker::bootstrapServers);
  }

  @AfterEach
  void endAll() throws Exception {
    for (StreamsProcess instance : instances) {
      instance.close();
    }
    clients.close();
  }

  @Test
  void everyCountOfEveryWordIsWrittenOnceAndInOrder() throws Exception {
    createTopics(WordCount.OUTPUT, WordCount.INPUT);
    StreamsProcess first = start("first", WordCount.class);
    List<ProducerRecord<String, String>> lines;
    try (Feed feed = new Feed(broker.bootstrapServers(), WordCount.lines(random))) {
      awaitProgress();
      killInTransaction(first);
      first.restart();
      StreamsProcess second = start("second", WordCount.class);
      awaitProgress();
      Await.until(
          "one instance stands by for the other",
          LIMIT,
          () -> first.hasHadStandbys() || second.hasHadStandbys());
      first.kill();
      awaitProgress(); // by the other, with the state it had as a standby
      killBroker();
      awaitProgress();
      first.forgetState();
      first.restart();
      awaitProgress();
      second.kill();
      awaitProgress();
      second.restart();
      second.awaitRunning();
      furtherFaults();
      lines = feed.finish();
    }
    assertThat(clients.values(WordCount.INPUT, PARTITIONS, "read_uncommitted"))
        .as("the input, each line once")
        .hasSize(lines.size());
    Map<String, List<String>> truth = WordCount.truth(lines);
    awaitResults(truth.values().stream().mapToInt(List::size).sum());
    stopInstances();

    Map<String, List<String>> counts = new HashMap<>();
    for (ConsumerRecord<String, String> record : committed()) {
      counts.computeIfAbsent(record.key(), word -> new ArrayList<>()).add(record.value());
    }
    assertThat(counts.keySet()).isEqualTo(truth.keySet());
    truth.forEach((word, all) -> assertThat(counts.get(word)).as(word).isEqualTo(all));

    String prefix = application + "-KSTREAM-AGGREGATE-STATE-STORE-0000000003-";
    assertThat(cleanupPolicies())
        .containsEntry(prefix + "changelog", "compact")
        .containsEntry(prefix + "repartition", "delete");
    resetsTheApplication();
  }

  @Test
  void joinsGiveEachPairOnce() throws Exception {
    createTopics(Settlement.OUTPUT, Settlement.ORDERS, Settlement.PAYMENTS, Settlement.CUSTOMERS);
    long nowMs = System.currentTimeMillis();
    write(Settlement.customers(nowMs));
    StreamsProcess first = start("first", Settlement.class);
    List<ProducerRecord<String, String>> records;
    try (Feed feed =
        new Feed(broker.bootstrapServers(), Settlement.ordersAndPayments(random, nowMs))) {
      awaitProgress();
      killInTransaction(first);
      first.forgetState();
      first.restart();
      awaitProgress();
      killBroker();
      awaitProgress();
      killInTransaction(first);
      first.restart();
      awaitProgress();
      if (FURTHER_FAULTS > 0) {
        start("second", Settlement.class);
        awaitProgress();
        furtherFaults();
      }
      records = feed.finish();
    }
    List<String> truth = Settlement.truth(records, nowMs);
    awaitResults(truth.size());
    stopInstances();

    Map<String, Integer> difference = new TreeMap<>();
    truth.forEach(result -> difference.merge(result, -1, Integer::sum));
    committed().forEach(record -> difference.merge(record.value(), 1, Integer::sum));
    difference.values().removeIf(count -> count == 0);
    assertThat(difference).as("results too often (positive) or missing, of " + truth).isEmpty();

    assertThat(cleanupPolicies().values().stream().sorted())
        .as("of the table's changelog; of the windows' and of what is sent on by another key")
        .containsExactly("compact", "delete", "delete", "delete");
  }

  // ---- What happens to them

  private StreamsProcess start(String name, Class<? extends Supplier<Topology>> app)
      throws Exception {
    StreamsProcess instance =
        new StreamsProcess(
            directory.resolve(name),
            broker.bootstrapServers(),
            app,
            Map.of("num.standby.replicas", "1"));
    instances.add(instance);
    application = app.getSimpleName();
    return instance;
  }

  /** Kills the only instance so that it leaves a transaction open, with results in it. */
  private void killInTransaction(StreamsProcess instance) throws Exception {
    for (int attempt = 0; attempt < 10; attempt++) {
      Await.until("a transaction is open", LIMIT, this::isOpen);
      instance.kill();
      if (isOpen()) {
        return;
      }
      instance.restart();
      awaitProgress();
    }
    throw new AssertionError("Ten kills, and none of them in a transaction");
  }

  private boolean isOpen() throws Exception {
    for (int partition = 0; partition < PARTITIONS; partition++) {
      if (clients.end(output, partition, IsolationLevel.READ_COMMITTED)
          < clients.end(output, partition, IsolationLevel.READ_UNCOMMITTED)) {
        return true;
      }
    }
    return false;
  }

  private static void killBroker() throws Exception {
    broker.kill();
    broker = BROKERS.restart(broker);
  }

  private void furtherFaults() throws Exception {
    for (int fault = 0; fault < FURTHER_FAULTS; fault++) {
      StreamsProcess instance = instances.get(random.nextInt(instances.size()));
      switch (random.nextInt(4)) {
        case 0 -> killBroker();
        case 1 -> {
          instance.kill();
          killBroker();
          instance.restart();
        }
        case 2 -> {
          instance.kill();
          instance.forgetState();
          instance.restart();
        }
        default -> {
          instance.kill();
          instance.restart();
        }
      }
      awaitProgress();
    }
  }

  private void stopInstances() throws Exception {
    for (StreamsProcess instance : instances) {
      instance.awaitRunning();
      instance.stop();
    }
  }

  private void resetsTheApplication() throws Exception {
    Await.until(
        "the group is empty",
        LIMIT,
        () -> clients.groups().describe(application).members().isEmpty());
    StockTool.run(
            StreamsResetter.class,
            "--bootstrap-server",
            broker.bootstrapServers(),
            "--application-id",
            application,
            "--input-topics",
            WordCount.INPUT)
        .expectSuccess();
    Await.until("the internal topics are gone", LIMIT, () -> cleanupPolicies().isEmpty());
  }

  // ---- What they read and write

  private void createTopics(String results, String... inputs) throws Exception {
    for (String input : inputs) {
      clients.groups().createTopic(input, PARTITIONS);
    }
    output = clients.groups().createTopic(results, PARTITIONS);
    Set<TopicPartition> partitions = GroupClients.partitions(output, PARTITIONS);
    reader = clients.groups().consumer("reader", "isolation.level", "read_committed");
    reader.assign(partitions);
    reader.seekToBeginning(partitions);
  }

  private static void write(List<ProducerRecord<String, String>> records) throws Exception {
    try (Producer<String, String> producer =
        new KafkaProducer<>(
            Map.of("bootstrap.servers", broker.bootstrapServers()),
            new StringSerializer(),
            new StringSerializer())) {
      for (ProducerRecord<String, String> record : records) {
        producer.send(record).get();
      }
    }
  }

  private void awaitProgress() throws Exception {
    poll(); // what there was before does not count
    awaitResults(read.size() + PROGRESS);
  }

  private void awaitResults(int count) throws Exception {
    Await.until(
        count + " results",
        LIMIT,
        () -> {
          poll();
          return read.size() >= count;
        });
  }

  private void poll() {
    reader.poll(Duration.ofMillis(50)).forEach(read::add);
  }

  /** All that was committed: to a reader that was there all the time, and to a new one. */
  private List<ConsumerRecord<String, String>> committed() throws Exception {
    clients.awaitNothingOpen(output, PARTITIONS);
    List<ConsumerRecord<String, String>> records =
        clients.records(output, PARTITIONS, "read_committed");
    awaitResults(records.size());
    assertThat(placesOf(read)).as("read meanwhile").isEqualTo(placesOf(records));
    assertThat(clients.records(output, PARTITIONS, "read_uncommitted"))
        .as("with what was aborted")
        .hasSizeGreaterThan(records.size());
    return records;
  }

  private static Set<String> placesOf(List<ConsumerRecord<String, String>> records) {
    Set<String> places = new TreeSet<>();
    for (ConsumerRecord<String, String> record : records) {
      String place = record.partition() + "@" + record.offset() + " " + record.value();
      assertThat(places.add(place)).as("read twice: %s", place).isTrue();
    }
    return places;
  }

  /** The cleanup policies of the topics that Streams has made for the app under test. */
  private Map<String, String> cleanupPolicies() throws Exception {
    List<ConfigResource> topics =
        clients.groups().admin().listTopics().names().get().stream()
            .filter(topic -> topic.matches(".*-(changelog|repartition)"))
            .filter(topic -> topic.startsWith(application + "-"))
            .map(topic -> new ConfigResource(ConfigResource.Type.TOPIC, topic))
            .toList();
    return clients.groups().admin().describeConfigs(topics).all().get().entrySet().stream()
        .collect(
            Collectors.toMap(
                one -> one.getKey().name(), one -> one.getValue().get("cleanup.policy").value()));
  }
}
