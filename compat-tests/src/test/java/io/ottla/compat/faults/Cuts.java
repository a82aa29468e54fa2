package io.ottla.compat.faults;

import static org.assertj.core.api.Assertions.assertThat;

import io.ottla.compat.cluster.Cluster;
import io.ottla.compat.cluster.ClusterNode;
import io.ottla.compat.cluster.MetadataProbe.Leadership;
import io.ottla.compat.cluster.ZombieProbe;
import java.io.IOException;
import java.time.Duration;
import java.util.Map;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.protocol.Errors;

/** Plans in which nodes that all live cannot reach each other. */
final class Cuts {
  private Cuts() {}

  /** a leader without its peers; clients still reach it. */
  static void leader(Scene scene) throws Exception {
    Cluster cluster = scene.cluster();
    for (int round = 0; round < scene.of(1, 1, 3); round++) {
      int partition = scene.drawPartition();
      Leadership before = scene.leadership(partition);
      ClusterNode leader = cluster.node(before.leaderId());
      String topic = "probed-" + round;
      cluster.createTopicOn(topic, leader.id());
      TopicPartition probed = new TopicPartition(topic, 0);
      assertThat(answer(leader, probed, 10_000)).as("before the cut").isEqualTo(Errors.NONE);
      Map<Integer, Long> said = cluster.outputPositions();
      long cutNs = System.nanoTime();
      cluster.network().isolateFromPeers(leader.id());
      assertThat(answer(leader, probed, 1_000)).as("just after the cut").isNotEqualTo(Errors.NONE);
      scene.awaitProgress();
      Leadership after = scene.awaitNewLeader(partition, before);
      int asked = 1;
      do {
        assertThat(answer(leader, probed, 1_000)).as("during the cut").isNotEqualTo(Errors.NONE);
        asked++;
        scene.last(Duration.ofMillis(500));
      } while (System.nanoTime() - cutNs < Duration.ofSeconds(15).toNanos());
      cluster.expectSaid(said, "(?i)fencing broker " + leader.id() + "\\b");
      long held = cluster.network().heldFromPeers(leader.id());
      assertThat(held).as("held by the cut").isPositive();
      long mendedNs = System.nanoTime();
      cluster.network().mend();
      scene.awaitInSync();
      scene.proved(
          "%s cut off for %d ms, %d times something was held; partition %d led by %d in epoch %d,"
              + " was epoch %d; it acknowledged none of %d writes; in sync %d ms after the end",
          leader,
          (mendedNs - cutNs) / 1_000_000,
          held,
          partition,
          after.leaderId(),
          after.leaderEpoch(),
          before.leaderEpoch(),
          asked,
          Kills.millisSince(mendedNs));
      scene.awaitProgress();
    }
  }

  /** The error in the answer to a write with acks=all, or that there was no answer. */
  static Errors answer(ClusterNode node, TopicPartition partition, int timeoutMs) {
    try (ZombieProbe probe = new ZombieProbe(node, partition)) {
      probe.send(timeoutMs);
      return probe.answer();
    } catch (IOException noAnswer) {
      return Errors.NETWORK_EXCEPTION;
    }
  }
}
