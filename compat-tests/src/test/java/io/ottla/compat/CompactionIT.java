package io.ottla.compat;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ottla.compat.broker.BrokerProcess;
import io.ottla.compat.broker.Brokers;
import io.ottla.compat.transaction.TransactionClients;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.InvalidRecordException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.StringSerializer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What stock clients see of compacted topics. Segments are closed by the records' own times. */
class CompactionIT {
  private static final Duration LIMIT = Duration.ofSeconds(30);
  private static final int KEYS = 20;
  private static final int DELETE_RETENTION_MS = 300;

  @RegisterExtension static final Brokers BROKERS = new Brokers();

  private static BrokerProcess broker;

  private final TransactionClients clients =
      new TransactionClients(() -> broker.bootstrapServers());
  private long recordMs = System.currentTimeMillis();

  @BeforeAll
  static void startBroker() throws Exception {
    broker =
        BROKERS.start(
            BROKERS
                .config()
                .withQuickGroups()
                .with("offsets.topic.num.partitions", "1")
                .with("offsets.topic.segment.bytes", Integer.toString(1 << 20))
                .with("log.cleaner.backoff.ms", "100")
                .with("log.cleaner.threads", "2")
                .with("log.cleaner.dedupe.buffer.size", Integer.toString(4 << 20))
                .with("log.segment.delete.delay.ms", "0"));
  }

  @AfterEach
  void close() {
    clients.close();
  }

  private void createTopic(String name, String... configs) throws Exception {
    Map<String, String> all =
        new HashMap<>(
            Map.of(
                "cleanup.policy", "compact",
                "segment.ms", "1000",
                "min.cleanable.dirty.ratio", "0.01",
                "delete.retention.ms", Integer.toString(DELETE_RETENTION_MS)));
    for (int i = 0; i < configs.length; i += 2) {
      all.put(configs[i], configs[i + 1]);
    }
    clients
        .groups()
        .admin()
        .createTopics(List.of(new NewTopic(name, 1, (short) 1).configs(all)))
        .all()
        .get();
  }

  private static Producer<String, String> producer(String codec) {
    return new KafkaProducer<>(
        Map.of(
            "bootstrap.servers",
            broker.bootstrapServers(),
            "compression.type",
            codec,
            "linger.ms",
            "20"),
        new StringSerializer(),
        new StringSerializer());
  }

  private ProducerRecord<String, String> record(String topic, String key, String value) {
    return new ProducerRecord<>(topic, 0, recordMs, key, value);
  }

  /** Writes a record that is younger than a segment may be old. */
  private void roll(String topic) throws Exception {
    recordMs += 2_000;
    try (Producer<String, String> producer = producer("none")) {
      producer.send(record(topic, "roll", "at " + recordMs)).get();
    }
  }

  private List<ConsumerRecord<String, String>> read(String topic) {
    return clients.records(topic, 1, "read_committed");
  }

  private Map<String, String> latest(String topic) {
    Map<String, String> latest = new HashMap<>();
    for (ConsumerRecord<String, String> record : read(topic)) {
      latest.put(record.key(), record.value());
    }
    latest.remove("roll");
    return latest;
  }

  @Test
  void theLatestValueOfEachKeyIsLeftAndTombstonesGoInTime() throws Exception {
    createTopic("latest");
    Map<String, String> expected = new HashMap<>();
    for (String codec : List.of("none", "gzip", "snappy", "lz4", "zstd", "none")) {
      try (Producer<String, String> producer = producer(codec)) {
        for (int i = 0; i < 10 * KEYS; i++) {
          String key = "k" + i % KEYS;
          String value = codec + " " + i;
          var _ = producer.send(record("latest", key, value));
          expected.put(key, value);
        }
      }
      roll("latest");
    }
    Await.until("most is gone", LIMIT, () -> read("latest").size() <= KEYS + 2);
    assertThat(latest("latest")).isEqualTo(expected);

    try (Producer<String, String> producer = producer("none")) {
      producer.send(record("latest", "k3", null)).get();
    }
    expected.remove("k3");
    assertThat(latest("latest")).containsEntry("k3", null);
    Await.until(
        "the tombstone has gone",
        LIMIT,
        () -> {
          roll("latest"); // Without something new nothing is cleaned again.
          return !latest("latest").containsKey("k3");
        });
    assertThat(latest("latest")).isEqualTo(expected);
  }

  @Test
  void recordsWithoutAKeyAreRefused() throws Exception {
    createTopic("keyed");
    try (Producer<String, String> producer = producer("none")) {
      assertThatThrownBy(() -> producer.send(record("keyed", null, "no key")).get())
          .isInstanceOf(ExecutionException.class)
          .hasCauseInstanceOf(InvalidRecordException.class);
    }
  }

  @Test
  void ofTransactionsWhatWasCommittedIsLeft() throws Exception {
    createTopic("transacted");
    Map<String, String> expected = new HashMap<>();
    Producer<String, String> producer = clients.producer("compacted");
    for (int round = 0; round < 6; round++) {
      producer.beginTransaction();
      boolean commit = round % 2 == 0;
      for (int i = 0; i < KEYS; i++) {
        String value = (commit ? "committed " : "aborted ") + round;
        producer.send(record("transacted", "k" + i, value));
        if (commit) {
          expected.put("k" + i, value);
        }
      }
      producer.flush();
      if (commit) {
        producer.commitTransaction();
      } else {
        producer.abortTransaction();
      }
      clients.awaitNothingOpen("transacted", 1);
      roll("transacted");
    }
    Await.until("most is gone", LIMIT, () -> read("transacted").size() <= KEYS + 2);
    assertThat(latest("transacted")).isEqualTo(expected);
    assertThat(clients.records("transacted", 1, "read_uncommitted"))
        .noneMatch(record -> record.value().startsWith("aborted"));
    // The producer's sequence is known still: it goes on where it was.
    producer.beginTransaction();
    producer.send(record("transacted", "k0", "after it")).get();
    producer.commitTransaction();
  }

  @Test
  void committedOffsetsAreCompactedAndOutliveAKill() throws Exception {
    clients.groups().createTopic("offsets", 1);
    TopicPartition partition = new TopicPartition("offsets", 0);
    Consumer<String, String> consumer = clients.groups().classic("compacted-group");
    consumer.assign(Set.of(partition));
    int commits = 600;
    String metadata = "commit ".repeat(500); // Two segments are full.
    for (int i = 1; i <= commits; i++) {
      consumer.commitSync(Map.of(partition, new OffsetAndMetadata(i, metadata + i)));
    }
    Await.until(
        "old commits are gone", LIMIT, () -> read("__consumer_offsets").size() < commits / 3);

    broker.kill();
    broker = BROKERS.restart(broker);
    assertThat(
            clients
                .groups()
                .admin()
                .listConsumerGroupOffsets("compacted-group")
                .partitionsToOffsetAndMetadata()
                .get())
        .containsEntry(partition, new OffsetAndMetadata(commits, metadata + commits));
  }
}
