package io.ottla.compat;

import static org.assertj.core.api.Assertions.assertThat;

import io.ottla.compat.broker.BrokerProcess;
import io.ottla.compat.broker.Brokers;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/**
 * A broker that is killed in the middle of the work and started again on the same directory has
 * every record it acknowledged, in order and once, and every committed offset.
 */
class CrashIT {
  private static final Duration LIMIT = Duration.ofSeconds(60);
  private static final int PARTITIONS = 3;

  @RegisterExtension static final Brokers BROKERS = new Brokers();

  @Test
  void aMillionRecordsSurviveAKillInTheMiddle() throws Exception {
    int count = 1_000_000;
    BrokerProcess broker = BROKERS.start();
    createTopic(broker, "million");
    try (NumberedRecords records = new NumberedRecords(broker, "million", 100)) {
      Thread sender = new Thread(() -> records.send(count));
      sender.start();
      Await.until("half of it is acknowledged", LIMIT, () -> records.acknowledged() > count / 2);
      broker.kill();
      int acknowledgedAtKill = records.acknowledged();
      broker = BROKERS.restart(broker);
      System.out.printf(
          "Killed with %,d of %,d records acknowledged; answering again %,d ms after the start.%n",
          acknowledgedAtKill, count, broker.startUpTime().toMillis());
      assertThat(acknowledgedAtKill).as("acknowledged before the kill").isLessThan(count);
      sender.join();
      records.checkAllAcknowledged(count);
    }
    checkRead(broker, "million", count);
    broker.stop();
  }

  @Test
  void recordsAndGroupOffsetsSurviveRepeatedKills() throws Exception {
    int rounds = 5;
    int perRound = 20_000;
    BrokerProcess broker = BROKERS.start();
    createTopic(broker, "rounds");
    List<TopicPartition> partitions = partitions("rounds");
    Random random = new Random(7);
    try (NumberedRecords records = new NumberedRecords(broker, "rounds", 20)) {
      for (int round = 1; round <= rounds; round++) {
        int end = round * perRound;
        int killAt = end - perRound + 1 + random.nextInt(perRound - 1);
        Thread sender = new Thread(() -> records.send(perRound));
        sender.start();
        Map<TopicPartition, OffsetAndMetadata> committed = new HashMap<>();
        try (KafkaConsumer<byte[], byte[]> consumer = consumer(broker, "survivors")) {
          consumer.subscribe(List.of("rounds"));
          while (records.acknowledged() < killAt || consumer.assignment().size() < PARTITIONS) {
            consumer.poll(Duration.ofMillis(20));
            consumer.commitSync();
          }
          partitions.forEach(
              partition ->
                  committed.put(partition, new OffsetAndMetadata(consumer.position(partition))));
          consumer.commitSync(committed);
        }
        broker.kill();
        broker = BROKERS.restart(broker);
        try (KafkaConsumer<byte[], byte[]> consumer = consumer(broker, "survivors")) {
          Map<TopicPartition, OffsetAndMetadata> found = consumer.committed(Set.copyOf(partitions));
          partitions.forEach(
              partition ->
                  assertThat(found.get(partition).offset())
                      .as("committed for %s", partition)
                      .isEqualTo(committed.get(partition).offset()));
        }
        sender.join();
        records.checkAllAcknowledged(end);
      }
    }
    checkRead(broker, "rounds", rounds * perRound);
    broker.stop();
  }

  @Test
  void aTornTailIsCutOff() throws Exception {
    int count = 10_000;
    BrokerProcess broker = BROKERS.start();
    createTopic(broker, "torn");
    try (NumberedRecords records = new NumberedRecords(broker, "torn", 100)) {
      records.send(count);
      records.checkAllAcknowledged(count);
    }
    broker.kill();
    for (int partition = 0; partition < PARTITIONS; partition++) {
      appendHalfABatch(broker.config().logDirectory().resolve("torn-" + partition));
    }
    broker = BROKERS.restart(broker);
    checkRead(broker, "torn", count);
    try (NumberedRecords records = new NumberedRecords(broker, "torn", 100)) {
      records.sendFrom(count, count);
      records.checkAllAcknowledged(count);
    }
    checkRead(broker, "torn", 2 * count);
    broker.stop();
  }

  /**
   * As if the machine had stopped in the middle of a write: a batch's beginning, offsets right,
   * rest missing.
   */
  private static void appendHalfABatch(Path partition) throws IOException {
    Path segment;
    try (Stream<Path> files = Files.list(partition)) {
      segment =
          files.filter(file -> file.toString().endsWith(".log")).sorted().reduce((a, b) -> b).get();
    }
    byte[] log = Files.readAllBytes(segment);
    int last = 0;
    for (int at = 0; at < log.length; at += 12 + ByteBuffer.wrap(log).getInt(at + 8)) {
      last = at;
    }
    byte[] torn = Arrays.copyOfRange(log, last, last + (log.length - last) / 2);
    ByteBuffer.wrap(torn).putLong(0, 1_000_000);
    Files.write(segment, torn, StandardOpenOption.APPEND);
  }

  private static void createTopic(BrokerProcess broker, String topic) throws Exception {
    try (Admin admin = Admin.create(Map.of("bootstrap.servers", broker.bootstrapServers()))) {
      admin.createTopics(List.of(new NewTopic(topic, PARTITIONS, (short) 1))).all().get();
      Map<TopicPartition, OffsetSpec> ends = new HashMap<>();
      partitions(topic).forEach(partition -> ends.put(partition, OffsetSpec.latest()));
      admin.listOffsets(ends).all().get();
    }
  }

  private static List<TopicPartition> partitions(String topic) {
    List<TopicPartition> partitions = new ArrayList<>();
    for (int partition = 0; partition < PARTITIONS; partition++) {
      partitions.add(new TopicPartition(topic, partition));
    }
    return partitions;
  }

  private static KafkaConsumer<byte[], byte[]> consumer(BrokerProcess broker, String group) {
    return new KafkaConsumer<>(
        Map.of(
            "bootstrap.servers",
            broker.bootstrapServers(),
            "group.id",
            group,
            "enable.auto.commit",
            "false",
            "auto.offset.reset",
            "earliest"),
        new ByteArrayDeserializer(),
        new ByteArrayDeserializer());
  }

  /**
   * Record number n is the (n / PARTITIONS)th of partition n % PARTITIONS; all are there, in order,
   * and no others.
   */
  private static void checkRead(BrokerProcess broker, String topic, int count) {
    int[] next = new int[PARTITIONS];
    int read = 0;
    try (KafkaConsumer<byte[], byte[]> consumer = consumer(broker, "checker")) {
      consumer.assign(partitions(topic));
      consumer.seekToBeginning(partitions(topic));
      long deadlineNs = System.nanoTime() + LIMIT.toNanos();
      while (read < count) {
        assertThat(deadlineNs - System.nanoTime()).as("time left, %d read", read).isPositive();
        for (ConsumerRecord<byte[], byte[]> record : consumer.poll(Duration.ofMillis(200))) {
          int expected = next[record.partition()]++;
          if (record.offset() != expected
              || ByteBuffer.wrap(record.value()).getInt()
                  != expected * PARTITIONS + record.partition()) {
            assertThat(record.offset()).as("offset in %d", record.partition()).isEqualTo(expected);
            assertThat(ByteBuffer.wrap(record.value()).getInt())
                .as("number of the record at %d of partition %d", expected, record.partition())
                .isEqualTo(expected * PARTITIONS + record.partition());
          }
          read++;
        }
      }
      assertThat(read).isEqualTo(count);
      Map<TopicPartition, Long> ends = consumer.endOffsets(partitions(topic));
      assertThat(ends.values().stream().mapToLong(end -> end).sum()).isEqualTo(count);
    }
  }

  /**
   * An idempotent producer of numbered records that outlives its broker: what is not acknowledged
   * is sent again.
   */
  private static final class NumberedRecords implements AutoCloseable {
    private final Producer<byte[], byte[]> producer;
    private final String topic;
    private final int valueSize;
    private final AtomicInteger acknowledged = new AtomicInteger();
    private final AtomicReference<Exception> failure = new AtomicReference<>();
    private int next;

    NumberedRecords(BrokerProcess broker, String topic, int valueSize) {
      this.topic = topic;
      this.valueSize = valueSize;
      this.producer =
          new KafkaProducer<>(
              Map.of(
                  "bootstrap.servers", broker.bootstrapServers(),
                  "acks", "all",
                  "enable.idempotence", "true",
                  "delivery.timeout.ms", "120000",
                  "request.timeout.ms", "5000",
                  "reconnect.backoff.max.ms", "200",
                  "max.block.ms", "60000"),
              new ByteArraySerializer(),
              new ByteArraySerializer());
    }

    void send(int count) {
      sendFrom(next, count);
    }

    void sendFrom(int first, int count) {
      for (next = first; next < first + count; next++) {
        byte[] value = ByteBuffer.allocate(valueSize).putInt(next).array();
        producer.send(
            new ProducerRecord<>(topic, next % PARTITIONS, null, value),
            (metadata, exception) -> {
              if (exception == null) {
                acknowledged.incrementAndGet();
              } else {
                failure.compareAndSet(null, exception);
              }
            });
      }
      producer.flush();
    }

    int acknowledged() {
      return acknowledged.get();
    }

    void checkAllAcknowledged(int count) {
      assertThat(failure.get()).isNull();
      assertThat(acknowledged.get()).isEqualTo(count);
    }

    @Override
    public void close() {
      producer.close(Duration.ofSeconds(5));
    }
  }
}
