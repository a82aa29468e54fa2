package io.ottla.compat.faults;

import static org.assertj.core.api.Assertions.assertThat;

import io.ottla.compat.Await;
import io.ottla.compat.cluster.Cluster;
import io.ottla.compat.cluster.ClusterNode;
import io.ottla.compat.cluster.Disk;
import io.ottla.compat.cluster.MetadataProbe;
import io.ottla.compat.cluster.MetadataProbe.Leadership;
import io.ottla.compat.cluster.ReplicaFiles;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.protocol.Errors;

/**
 * Plans in which the replicas in sync become few, and the last of them goes: who may lead then, and
 * what may be acknowledged. The controller is a node of its own, so that brokers can be without
 * each other but not without it.
 */
final class InSyncReplicas {
  private static final Duration LEADERLESS = Duration.ofSeconds(6);

  private InSyncReplicas() {}

  /** What a broker that lives says of partition 0 of a topic; null if it does not know. */
  static Leadership told(Scene scene, String topic) {
    for (ClusterNode node : scene.cluster().brokers()) {
      if (node.isAlive()) {
        Leadership told =
            MetadataProbe.askOnce(node.directPort(), topic)
                .partitions()
                .get(new TopicPartition(topic, 0));
        if (told != null) {
          return told;
        }
      }
    }
    return null;
  }

  private static void awaitTold(
      Scene scene, String what, String topic, Predicate<Leadership> condition) throws Exception {
    Await.until(
        what,
        Scene.FAILOVER_LIMIT,
        () -> {
          Leadership told = told(scene, topic);
          return told != null && condition.test(told);
        });
  }

  /** a leader loses its followers, then it dies, then the followers are back. */
  static void collapse(Scene scene) throws Exception {
    Cluster cluster = scene.cluster();
    for (int round = 0; round < scene.of(1, 1, 4); round++) {
      ClusterNode leader = scene.drawBroker();
      String strict = "strict-" + round;
      String lenient = "lenient-" + round;
      cluster.createTopicOn(strict, leader.id());
      cluster.createTopicOn(lenient, leader.id(), Map.of("min.insync.replicas", "1"));
      for (String topic : List.of(strict, lenient)) {
        // Who has never fetched is out of sync by itself soon, and nothing would be refused then.
        assertThat(Cuts.answer(leader, new TopicPartition(topic, 0), 30_000))
            .as("answer to a write that all have")
            .isEqualTo(Errors.NONE);
      }
      for (ClusterNode follower : cluster.othersThan(leader.id())) {
        cluster.network().cut(leader.id(), follower.id());
      }
      for (String topic : List.of(strict, lenient)) {
        // Who has everything stays in sync though it fetches no more: there has to be more.
        assertThat(Cuts.answer(leader, new TopicPartition(topic, 0), 500))
            .as("answer to a write that no follower can have")
            .isNotEqualTo(Errors.NONE);
        awaitTold(
            scene,
            "only the leader of " + topic + " is in sync",
            topic,
            told -> told.isr().equals(List.of(leader.id())));
      }
      TopicPartition refusing = new TopicPartition(strict, 0);
      TopicPartition taking = new TopicPartition(lenient, 0);
      int taken = 0;
      for (int i = 0; i < 20; i++) {
        assertThat(Cuts.answer(leader, refusing, 1_000))
            .as("answer to a write with one replica in sync of two")
            .isNotEqualTo(Errors.NONE);
        assertThat(Cuts.answer(leader, taking, 3_000))
            .as("answer to a write with one replica in sync of one")
            .isEqualTo(Errors.NONE);
        taken++;
      }
      Leadership before = told(scene, strict);
      Kills.kill(leader);
      awaitTold(
          scene,
          "one of those that had everything leads " + strict,
          strict,
          told -> told.leaderId() >= 0 && told.leaderId() != leader.id());
      Leadership after = told(scene, strict);
      long fromNs = System.nanoTime();
      awaitTold(scene, lenient + " has no leader", lenient, told -> told.leaderId() < 0);
      while (System.nanoTime() - fromNs < LEADERLESS.toNanos()) {
        assertThat(told(scene, lenient).leaderId())
            .as("leader of %s while none that has everything lives", lenient)
            .isNegative();
        scene.last(Duration.ofMillis(100));
      }
      cluster.network().mend();
      leader.start();
      for (String topic : List.of(strict, lenient)) {
        cluster.awaitInSync(topic, 3);
      }
      long end = scene.endOf(taking);
      assertThat(end)
          .as("end of what all had, of what one had acknowledged, and of one that it had not")
          .isEqualTo(1 + taken + 1);
      scene.proved(
          "ISR of %s-0 shrank to %s: with min.insync.replicas=2 none of 20 writes was acknowledged"
              + " and node %d led after %s was killed (epoch %d, was %d); with 1 it took %d, had no"
              + " leader for %d s, and has them all",
          strict,
          before.isr(),
          after.leaderId(),
          leader,
          after.leaderEpoch(),
          before.leaderEpoch(),
          taken,
          LEADERLESS.toSeconds());
      scene.awaitInSync();
      scene.awaitProgress();
    }
  }

  /**
   * both followers stop in peace, one after the other; the last replica loses its power, and
   * with it what it had not yet brought to disk. The follower that stopped last had everything.
   */
  static void lastReplica(Scene scene) throws Exception {
    Cluster cluster = scene.cluster();
    for (int round = 0; round < scene.of(1, 1, 4); round++) {
      ClusterNode last = scene.drawBroker();
      List<ClusterNode> others = new ArrayList<>(cluster.othersThan(last.id()));
      String topic = "last-" + round;
      cluster.createTopicOn(topic, last.id());
      TopicPartition partition = new TopicPartition(topic, 0);
      int taken = 0;
      for (; taken < 50; taken++) {
        assertThat(Cuts.answer(last, partition, 5_000)).isEqualTo(Errors.NONE);
      }
      others.getFirst().stop();
      for (int i = 0; i < 50; i++, taken++) {
        assertThat(Cuts.answer(last, partition, 5_000)).isEqualTo(Errors.NONE);
      }
      others.getLast().stop();
      awaitTold(
          scene,
          "only " + last + " is in sync",
          topic,
          told -> told.isr().equals(List.of(last.id())));
      assertThat(Cuts.answer(last, partition, 1_000)).isNotEqualTo(Errors.NONE);
      Kills.kill(last);
      Path replica = last.replica(topic, 0);
      long bytes = Files.size(ReplicaFiles.segments(replica).getLast());
      Disk.loseTheLast(bytes / 2, replica);
      others.getLast().start();
      awaitTold(
          scene,
          others.getLast() + " leads, which had everything",
          topic,
          told -> told.leaderId() == others.getLast().id());
      last.start();
      others.getFirst().start();
      cluster.awaitInSync(topic, 3);
      assertThat(scene.endOf(partition)).as("end").isEqualTo(taken);
      scene.proved(
          "%s, the last in sync, killed, and %d of %d bytes of its log gone; %s was elected, which"
              + " was eligible, and all %d writes are there",
          last, bytes / 2, bytes, others.getLast(), taken);
      scene.awaitInSync();
      scene.awaitProgress();
    }
  }

  /** a broker without its controller, while it reaches all brokers and clients. */
  static void withoutController(Scene scene) throws Exception {
    Cluster cluster = scene.cluster();
    ClusterNode controller = cluster.node(1);
    for (int round = 0; round < scene.of(1, 1, 4); round++) {
      int partition = scene.drawPartition();
      Leadership before = scene.leadership(partition);
      ClusterNode leader = cluster.node(before.leaderId());
      String topic = "probed-" + round;
      cluster.createTopicOn(topic, leader.id());
      TopicPartition probed = new TopicPartition(topic, 0);
      Map<Integer, Long> said = cluster.outputPositions();
      long cutNs = System.nanoTime();
      cluster.network().cut(leader.id(), controller.id());
      scene.awaitProgress();
      Await.until(
          "partition %d is led by another".formatted(partition),
          Scene.FAILOVER_LIMIT,
          () ->
              cluster.othersThan(leader.id()).stream()
                  .map(node -> MetadataProbe.askOnce(node.directPort(), Scene.QUEUE))
                  .map(
                      answer -> answer.partitions().get(new TopicPartition(Scene.QUEUE, partition)))
                  .allMatch(
                      told ->
                          told != null
                              && told.leaderId() != leader.id()
                              && told.leaderEpoch() > before.leaderEpoch()));
      cluster.expectSaid(said, "(?i)fencing broker " + leader.id() + "\\b");
      int asked = 0;
      do {
        assertThat(Cuts.answer(leader, probed, 1_000))
            .as("answer of a leader without a controller")
            .isNotEqualTo(Errors.NONE);
        asked++;
        scene.last(Duration.ofMillis(500));
      } while (System.nanoTime() - cutNs < Duration.ofSeconds(20).toNanos());
      scene.awaitProgress();
      long held = cluster.network().held(leader.id(), controller.id());
      assertThat(held).as("held by the cut").isPositive();
      cluster.network().mend();
      scene.awaitInSync();
      cluster.awaitInSync(topic, 3);
      scene.proved(
          "%s without its controller for 20 s, %d times something was held: fenced, its partitions"
              + " led by others, none of %d writes acknowledged; then in sync again",
          leader, held, asked);
      scene.awaitProgress();
    }
  }
}
