package io.ottla.compat;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.ottla.compat.broker.BrokerConfig;
import io.ottla.compat.broker.BrokerKind;
import io.ottla.compat.broker.BrokerProcess;
import io.ottla.compat.cluster.Disk;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * One broker alone, with all its logs on a disk that is filled to the last byte, and nothing kept
 * in reserve: it lives, serves what it has acknowledged, starts again, and takes records again as
 * soon as there is room. (Stock Kafka halts.)
 */
class FullDiskIT {
  private static final Duration LIMIT = Duration.ofSeconds(30);
  private static final int DISK_MB = 64;
  private static final int ROUND_BYTES = 700_000;
  private static final String PADDING = "x".repeat(1_000);
  private static final TopicPartition KEPT = new TopicPartition("kept", 0);
  private static final TopicPartition DISPENSABLE = new TopicPartition("dispensable", 0);
  private static final Optional<Path> DISK = Disk.mountSmall(DISK_MB);

  @TempDir Path directory;

  private final Map<Long, String> acknowledged = new TreeMap<>();
  private BrokerProcess broker;

  @AfterAll
  static void unmount() throws Exception {
    if (DISK.isPresent()) {
      Disk.unmount(DISK.get());
    }
  }

  @Test
  void aBrokerOnADiskFilledToTheLastByteLosesNothingAndGoesOnWhenThereIsRoom() throws Exception {
    assumeTrue(DISK.isPresent(), "needs a small disk, and only root can mount one");
    assumeTrue(BrokerKind.UNDER_TEST == BrokerKind.OTTLA, "Kafka halts");
    broker =
        BrokerProcess.start(
            BrokerConfig.in(directory)
                .with("metadata.log.dir", directory.resolve("metadata").toString())
                .with("log.dirs", DISK.get().resolve("data").toString())
                .with("log.dir.free.bytes.min", "0")
                .with("log.segment.bytes", "1048576")
                .with("log.segment.delete.delay.ms", "100"));
    try {
      try (Admin admin = admin()) {
        admin
            .createTopics(
                List.of(
                    new NewTopic(KEPT.topic(), 1, (short) 1),
                    new NewTopic("dispensable", 1, (short) 1)))
            .all()
            .get();
      }
      produceUpTo(DISPENSABLE, 6_000_000);
      fillUp();
      assertThat(acknowledged).isNotEmpty();
      checkServed();

      broker.kill();
      Disk.fill(DISK.get(), 0);
      broker = broker.restart();
      checkServed();
      assertThat(tryToProduce(1)).isZero();

      Disk.free(DISK.get());
      awaitProgress("after files of others were deleted");
      fillUp();
      deleteDispensable();
      awaitProgress("after a topic was deleted");
      checkServed();
      broker.stop();
      broker = broker.restart();
      checkServed();
      broker.stop();
    } catch (Throwable e) {
      System.err.println(broker.tail());
      throw e;
    } finally {
      if (broker.isAlive()) {
        broker.kill();
      }
    }
  }

  /** Until nothing is taken any more; then the rest of the disk as well. */
  private void fillUp() throws Exception {
    Disk.fill(DISK.get(), ROUND_BYTES);
    Await.until("it takes no more", LIMIT, () -> tryToProduce(100) < 100);
    Disk.fill(DISK.get(), 0);
    assertThat(Disk.usableBytes(DISK.get())).isZero();
    assertThat(tryToProduce(1)).isZero();
    assertThat(broker.isAlive()).isTrue();
  }

  private void awaitProgress(String when) throws Exception {
    Await.until("records are taken again " + when, LIMIT, () -> tryToProduce(1) == 1);
    assertThat(tryToProduce(20)).as("records taken " + when).isEqualTo(20);
    checkServed();
  }

  /** Deleting must work without a byte of room. */
  private void deleteDispensable() throws Exception {
    try (Admin admin = admin()) {
      admin.deleteTopics(List.of(DISPENSABLE.topic())).all().get();
    }
  }

  private Admin admin() {
    return Admin.create(Map.of("bootstrap.servers", broker.bootstrapServers()));
  }

  private KafkaProducer<String, String> producer() {
    return new KafkaProducer<>(
        Map.of(
            "bootstrap.servers",
            broker.bootstrapServers(),
            "acks",
            "all",
            "retries",
            0,
            "enable.idempotence",
            false,
            "max.block.ms",
            5_000,
            "linger.ms",
            0),
        new StringSerializer(),
        new StringSerializer());
  }

  private void produceUpTo(TopicPartition partition, int bytes) throws Exception {
    try (KafkaProducer<String, String> producer = producer()) {
      for (int i = 0; i < bytes / PADDING.length() - 1; i++) {
        producer.send(new ProducerRecord<>(partition.topic(), PADDING));
      }
      producer.send(new ProducerRecord<>(partition.topic(), PADDING)).get();
    }
  }

  /** Returns how many were acknowledged, up to the first that was not. */
  private int tryToProduce(int count) throws InterruptedException {
    try (KafkaProducer<String, String> producer = producer()) {
      for (int i = 0; i < count; i++) {
        String value = acknowledged.size() + " " + PADDING;
        try {
          long offset = producer.send(new ProducerRecord<>(KEPT.topic(), value)).get().offset();
          acknowledged.put(offset, value);
        } catch (ExecutionException e) {
          return i;
        }
      }
      return count;
    }
  }

  /** Everything that was acknowledged can be read, where it was said to be. */
  private void checkServed() {
    Map<Long, String> found = new TreeMap<>();
    try (KafkaConsumer<String, String> consumer =
        new KafkaConsumer<>(
            Map.of(
                "bootstrap.servers", broker.bootstrapServers(), "default.api.timeout.ms", 20_000),
            new StringDeserializer(),
            new StringDeserializer())) {
      consumer.assign(List.of(KEPT));
      consumer.seekToBeginning(List.of(KEPT));
      long end = consumer.endOffsets(List.of(KEPT)).get(KEPT);
      while (consumer.position(KEPT) < end) {
        for (ConsumerRecord<String, String> record : consumer.poll(Duration.ofMillis(200))) {
          found.put(record.offset(), record.value());
        }
      }
    }
    assertThat(found).containsAllEntriesOf(acknowledged);
  }
}
