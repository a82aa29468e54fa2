package io.ottla.compat.faults;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.ottla.compat.Await;
import io.ottla.compat.cluster.ClusterNode;
import io.ottla.history.TransactionHistory;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ListOffsetsOptions;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.IsolationLevel;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;

/** Plans in which transactions are left open, or their transactional ids are taken away. */
final class OpenTransactions {
  private static final int WRITERS = 3;
  private static final int TIMEOUT_MS = 10_000;
  private static final Duration MARGIN = Duration.ofSeconds(5);
  private static final Duration LIMIT = Duration.ofSeconds(60);

  private OpenTransactions() {}

  private static KafkaProducer<String, String> producer(Scene scene, String transactionalId) {
    Map<String, Object> config = new HashMap<>();
    config.put("bootstrap.servers", scene.cluster().bootstrapServers());
    config.put("transactional.id", transactionalId);
    config.put("transaction.timeout.ms", TIMEOUT_MS);
    config.put("request.timeout.ms", "3000");
    config.put("delivery.timeout.ms", "10000");
    config.put("linger.ms", "0");
    return new KafkaProducer<>(config, new StringSerializer(), new StringSerializer());
  }

  /** somebody else takes a writer's transactional id; the writer takes it back. */
  static void zombies(Scene scene) throws Exception {
    TransactionHistory history = scene.transactions().history();
    TopicPartition stolen = new TopicPartition("stolen", 0);
    scene.cluster().createTopic(stolen.topic(), 1);
    int rounds = scene.of(3, 8, 50);
    for (int round = 0; round < rounds; round++) {
      int writer = 1 + scene.random().nextInt(WRITERS);
      try (KafkaProducer<String, String> thief = producer(scene, "writer-" + writer)) {
        history.fault("writer-" + writer + " is robbed", System.nanoTime());
        AtomicLong before = new AtomicLong();
        Throwable refused =
            catchThrowable(
                () -> {
                  thief.initTransactions();
                  // Until here the writer may have gone on; one of its commits may not be noted
                  // yet.
                  before.set(history.committed(writer));
                  thief.beginTransaction();
                  thief.send(new ProducerRecord<>(stolen.topic(), 0, null, "stolen")).get();
                  Await.until(
                      "writer-" + writer + " has its id back",
                      LIMIT,
                      () -> history.committed(writer) > before.get() + 1);
                  thief.commitTransaction();
                });
        assertThat(refused).as("end of a producer that was fenced").isNotNull();
        assertThat(refused + " " + refused.getCause())
            .as("end of a producer that was fenced")
            .containsAnyOf("Fenced", "ProducerEpoch");
        Await.until(
            "writer-" + writer + " goes on",
            LIMIT,
            () -> history.committed(writer) > before.get() + 1);
        thief.close(Duration.ZERO);
      }
      scene.last(Duration.ofMillis(scene.random().nextInt(3_000)));
    }
    long fenced =
        history.transactions().stream()
            .filter(each -> each.trouble().matches("(?s).*(Fenced|InvalidProducerEpoch).*"))
            .count();
    assertThat(fenced).as("transactions of writers that were told they were fenced").isPositive();
    assertThat(committed(scene, stolen)).as("committed by those who were fenced").isZero();
    scene.proved(
        "transactional ids taken %d times: %d transactions of their owners fenced, and all %d of"
            + " the thieves' when the owners were back",
        rounds, fenced, rounds);
  }

  /** How many records a reader with read_committed is given. */
  private static long committed(Scene scene, TopicPartition partition) {
    Map<String, Object> config = new HashMap<>();
    config.put("bootstrap.servers", scene.cluster().bootstrapServers());
    config.put("isolation.level", "read_committed");
    long count = 0;
    try (KafkaConsumer<String, String> consumer =
        new KafkaConsumer<>(config, new StringDeserializer(), new StringDeserializer())) {
      List<TopicPartition> all = List.of(partition);
      consumer.assign(all);
      consumer.seekToBeginning(all);
      long end = consumer.endOffsets(all).get(partition);
      while (consumer.position(partition) < end) {
        count += consumer.poll(Duration.ofMillis(100)).count();
      }
    }
    return count;
  }

  /** producers die in the middle of transactions, with records in them and without. */
  static void abandoned(Scene scene) throws Exception {
    TopicPartition left = new TopicPartition("left", 0);
    scene.cluster().createTopic(left.topic(), 1);
    int rounds = scene.of(1, 2, 6);
    int abandoned = 0;
    long slowestMs = 0;
    for (int round = 0; round < rounds; round++) {
      for (int i = 0; i < 4; i++) {
        KafkaProducer<String, String> producer = producer(scene, "left-" + abandoned++);
        producer.initTransactions();
        producer.beginTransaction();
        if (i % 2 == 0) {
          producer.send(new ProducerRecord<>(left.topic(), 0, null, "left " + i)).get();
        }
        producer.close(Duration.ZERO);
      }
      long leftNs = System.nanoTime();
      assertThat(end(scene, left, IsolationLevel.READ_COMMITTED))
          .as("last stable offset below what is open")
          .isLessThan(end(scene, left, IsolationLevel.READ_UNCOMMITTED));
      if (round % 2 == 1) {
        ClusterNode leader = scene.cluster().leaderOf(left.topic(), 0);
        Kills.kill(leader);
        leader.start();
        scene.awaitInSync();
      }
      Await.until(
          "no transaction is open in " + left,
          Duration.ofMillis(TIMEOUT_MS).plus(MARGIN),
          () ->
              end(scene, left, IsolationLevel.READ_COMMITTED)
                  == end(scene, left, IsolationLevel.READ_UNCOMMITTED));
      slowestMs = Math.max(slowestMs, Kills.millisSince(leftNs));
    }
    assertThat(committed(scene, left)).as("committed by nobody").isZero();
    scene.proved(
        "%d transactions abandoned, half of them without records: the last stable offset moved on"
            + " within %d ms (timeout %d ms)",
        abandoned, slowestMs, TIMEOUT_MS);
  }

  private static long end(Scene scene, TopicPartition partition, IsolationLevel isolation)
      throws Exception {
    try (Admin admin = scene.cluster().admin()) {
      return admin
          .listOffsets(Map.of(partition, OffsetSpec.latest()), new ListOffsetsOptions(isolation))
          .partitionResult(partition)
          .get(30, TimeUnit.SECONDS)
          .offset();
    }
  }
}
