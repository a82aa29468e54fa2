package io.ottla.compat.faults;

import static org.assertj.core.api.Assertions.assertThat;

import io.ottla.compat.Await;
import io.ottla.compat.cluster.Cluster;
import io.ottla.compat.cluster.ClusterNode;
import io.ottla.compat.cluster.MetadataProbe;
import io.ottla.compat.cluster.MetadataProbe.Leadership;
import java.nio.file.Files;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewPartitionReassignment;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.LogTruncationException;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;

/** Plans in which replicas move, topics are made anew, and a log is cut under its readers. */
final class Topics {
  private static final Duration LIMIT = Duration.ofSeconds(60);

  private Topics() {}

  /** all partitions go to one replica, and to three others, while a broker dies. */
  static void reassignment(Scene scene) throws Exception {
    Cluster cluster = scene.cluster();
    for (int round = 0; round < scene.of(1, 1, 4); round++) {
      for (int replicas : new int[] {1, 3}) {
        Map<TopicPartition, Optional<NewPartitionReassignment>> moves = new HashMap<>();
        Map<TopicPartition, List<Integer>> wanted = new HashMap<>();
        for (int partition = 0; partition < Scene.PARTITIONS; partition++) {
          List<Integer> ids =
              new ArrayList<>(cluster.brokers().stream().map(ClusterNode::id).toList());
          Collections.shuffle(ids, scene.random());
          TopicPartition one = new TopicPartition(Scene.QUEUE, partition);
          wanted.put(one, ids.subList(0, replicas));
          moves.put(one, Optional.of(new NewPartitionReassignment(ids.subList(0, replicas))));
        }
        try (Admin admin = cluster.admin()) {
          admin.alterPartitionReassignments(moves).all().get(60, TimeUnit.SECONDS);
        }
        ClusterNode victim = scene.drawBroker();
        Kills.kill(victim);
        scene.last(Duration.ofMillis(scene.random().nextInt(4_000)));
        victim.start();
        cluster.awaitAllBrokers();
        long fromNs = System.nanoTime();
        Await.until(
            "all partitions have the " + replicas + " replicas they are to have",
            LIMIT,
            () -> {
              try (Admin admin = cluster.admin()) {
                return admin.listPartitionReassignments().reassignments().get().isEmpty();
              }
            });
        cluster.awaitInSync(Scene.QUEUE, replicas);
        Map<TopicPartition, Leadership> found =
            MetadataProbe.askOnce(cluster.brokers().getFirst().directPort(), Scene.QUEUE)
                .partitions();
        wanted.forEach(
            (partition, ids) ->
                assertThat(found.get(partition).isr())
                    .as("replicas of %s in sync", partition)
                    .containsExactlyInAnyOrderElementsOf(ids));
        scene.awaitProgress();
        scene.proved(
            "%d partitions moved to %d replicas each, while %s was killed (exit 137); done %d ms"
                + " after it was back",
            wanted.size(), replicas, victim, Kills.millisSince(fromNs));
      }
    }
  }

  /** a topic is deleted and made anew while one of its replicas is not there. */
  static void madeAnew(Scene scene) throws Exception {
    Cluster cluster = scene.cluster();
    int rounds = scene.of(2, 3, 12);
    for (int round = 0; round < rounds; round++) {
      String topic = "anew-" + round;
      ClusterNode absent = scene.drawBroker();
      cluster.createTopicOn(topic, absent.id());
      TopicPartition partition = new TopicPartition(topic, 0);
      write(scene, topic, "old", 199);
      long oldBytes = Files.size(absent.replica(topic, 0).resolve("00000000000000000000.log"));
      assertThat(oldBytes).isPositive();
      if (scene.random().nextBoolean()) {
        Kills.kill(absent);
      } else {
        absent.stop();
      }
      try (Admin admin = cluster.admin()) {
        admin.deleteTopics(List.of(topic)).all().get(60, TimeUnit.SECONDS);
        Await.until(
            topic + " is gone", LIMIT, () -> !admin.listTopics().names().get().contains(topic));
      }
      List<Integer> replicas =
          new ArrayList<>(cluster.othersThan(absent.id()).stream().map(ClusterNode::id).toList());
      replicas.add(absent.id());
      createOn(scene, topic, replicas);
      write(scene, topic, "new", 49);
      absent.start();
      cluster.awaitInSync(topic, 3);
      assertThat(scene.endOf(partition)).isEqualTo(50);
      assertThat(read(scene, partition))
          .as("values of the new topic")
          .hasSize(50)
          .allMatch(value -> value.startsWith("new"));
      scene.proved(
          "%s deleted with 200 records and made anew with 50 while %s was not there, with %d bytes"
              + " of the old one: it has 50, and nothing old came back",
          topic, absent, oldBytes);
      scene.awaitInSync();
    }
    scene.awaitProgress();
  }

  private static void createOn(Scene scene, String topic, List<Integer> replicas) throws Exception {
    try (Admin admin = scene.cluster().admin()) {
      admin
          .createTopics(
              List.of(
                  new NewTopic(topic, Map.of(0, replicas))
                      .configs(Map.of("min.insync.replicas", "2"))))
          .all()
          .get(60, TimeUnit.SECONDS);
    }
  }

  private static void write(Scene scene, String topic, String prefix, int count) throws Exception {
    try (KafkaProducer<String, String> producer =
        new KafkaProducer<>(
            Map.of(
                "bootstrap.servers",
                scene.cluster().bootstrapServers(),
                "acks",
                "all",
                "request.timeout.ms",
                "3000",
                "delivery.timeout.ms",
                "60000"),
            new StringSerializer(),
            new StringSerializer())) {
      for (int i = 0; i < count; i++) {
        var _ = producer.send(new ProducerRecord<>(topic, 0, null, prefix + " " + i));
      }
      producer.send(new ProducerRecord<>(topic, 0, null, prefix)).get(60, TimeUnit.SECONDS);
    }
  }

  private static KafkaConsumer<String, String> consumer(Scene scene) {
    return new KafkaConsumer<>(
        Map.of(
            "bootstrap.servers",
            scene.cluster().bootstrapServers(),
            "auto.offset.reset",
            "none",
            "request.timeout.ms",
            "3000",
            "default.api.timeout.ms",
            "60000",
            "reconnect.backoff.max.ms",
            "200"),
        new StringDeserializer(),
        new StringDeserializer());
  }

  private static List<String> read(Scene scene, TopicPartition partition) {
    List<String> values = new ArrayList<>();
    try (KafkaConsumer<String, String> consumer = consumer(scene)) {
      consumer.assign(List.of(partition));
      consumer.seekToBeginning(List.of(partition));
      long end = consumer.endOffsets(List.of(partition)).get(partition);
      while (consumer.position(partition) < end) {
        consumer.poll(Duration.ofMillis(100)).forEach(record -> values.add(record.value()));
      }
    }
    return values;
  }

  /**
   * the leader alone has taken more, and a reader has read it; then it dies, and one that
   * lacks it is elected nevertheless, as the topic allows. The reader is told where the logs part,
   * and never goes back to the beginning.
   */
  static void uncleanElection(Scene scene) throws Exception {
    Cluster cluster = scene.cluster();
    for (int round = 0; round < scene.of(1, 1, 4); round++) {
      ClusterNode leader = scene.drawBroker();
      String topic = "unclean-" + round;
      TopicPartition partition = new TopicPartition(topic, 0);
      cluster.createTopicOn(
          topic,
          leader.id(),
          Map.of("min.insync.replicas", "1", "unclean.leader.election.enable", "true"));
      write(scene, topic, "common", 99);
      long common = 100;
      cluster
          .othersThan(leader.id())
          .forEach(follower -> cluster.network().cut(leader.id(), follower.id()));
      write(scene, topic, "lost", 49);
      try (KafkaConsumer<String, String> consumer = consumer(scene)) {
        consumer.assign(List.of(partition));
        consumer.seek(partition, 0);
        readUpTo(consumer, partition, common + 50);
        Leadership before = InSyncReplicas.told(scene, topic);
        assertThat(before.isr()).as("in sync").containsExactly(leader.id());
        Kills.kill(leader);
        Await.until(
            "one that lacks the last records leads " + topic,
            Scene.FAILOVER_LIMIT,
            () -> {
              Leadership told = InSyncReplicas.told(scene, topic);
              return told != null && told.leaderId() >= 0 && told.leaderId() != leader.id();
            });
        cluster.network().mend();
        write(scene, topic, "other", 9);
        List<Long> parted = new ArrayList<>();
        Await.until(
            "the reader is told that the log was cut",
            LIMIT,
            () -> {
              try {
                for (ConsumerRecord<String, String> record :
                    consumer.poll(Duration.ofMillis(100))) {
                  assertThat(record.value()).as("read after the cut").startsWith("other");
                }
              } catch (LogTruncationException e) {
                parted.add(e.divergentOffsets().get(partition).offset());
              }
              return !parted.isEmpty();
            });
        assertThat(parted.getFirst()).as("where the logs part").isEqualTo(common);
        consumer.seek(partition, parted.getFirst());
        readUpTo(consumer, partition, common + 10);
        leader.start();
        cluster.awaitInSync(topic, 3);
        assertThat(scene.endOf(partition)).isEqualTo(common + 10);
        scene.proved(
            "%s alone took 50 records, and was killed (exit 137); %d was elected without them; a"
                + " reader at %d was told that the logs part at %d; all replicas have the other"
                + " ones",
            leader, InSyncReplicas.told(scene, topic).leaderId(), common + 50, parted.getFirst());
      }
      scene.awaitInSync();
      scene.awaitProgress();
    }
  }

  private static void readUpTo(
      KafkaConsumer<String, String> consumer, TopicPartition partition, long end) throws Exception {
    Await.until(
        "read up to " + end,
        LIMIT,
        () -> {
          consumer.poll(Duration.ofMillis(100));
          return consumer.position(partition) >= end;
        });
  }

  /** leaders die and stand still while the ends of partitions are asked for all the time. */
  static void ends(Scene scene) throws Exception {
    long before = scene.watch().samples();
    Kills.leaders(scene);
    Pauses.leader(scene);
    long answers = scene.watch().samples() - before;
    assertThat(answers).as("answers").isGreaterThan(1_000);
    scene.proved(
        "%,d ends of partitions answered meanwhile, high watermarks and last stable offsets",
        answers);
  }
}
