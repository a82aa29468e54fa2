package io.ottla.compat.faults;

import static org.assertj.core.api.Assertions.assertThat;

import io.ottla.compat.Await;
import io.ottla.compat.cluster.Cluster;
import io.ottla.compat.cluster.ClusterNode;
import io.ottla.compat.cluster.MetadataProbe.Leadership;
import io.ottla.compat.cluster.ZombieProbe;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.protocol.Errors;

/** Plans in which processes stand still (SIGSTOP) and go on as if nothing had been. */
final class Pauses {
  private static final Duration STOP_LIMIT = Duration.ofSeconds(5);

  private Pauses() {}

  /** Sees that a process that was told to stand still does so, where the system tells. */
  static void awaitStill(ClusterNode node) throws Exception {
    Path state = Path.of("/proc", Long.toString(node.pid()), "stat");
    if (Files.isReadable(state)) {
      Await.until(
          node + " stands still",
          STOP_LIMIT,
          () -> Files.readString(state).replaceFirst(".*\\) ", "").startsWith("T"));
    }
  }

  /** a leader that believes it still leads when it wakes up; then all nodes at once. */
  static void leaderAndAll(Scene scene) throws Exception {
    leader(scene);
    all(scene);
  }

  /** All nodes stand still at once: nobody can have missed anybody. */
  private static void all(Scene scene) throws Exception {
    Cluster cluster = scene.cluster();
    for (ClusterNode node : cluster.nodes()) {
      node.pause();
    }
    for (ClusterNode node : cluster.nodes()) {
      awaitStill(node);
    }
    scene.last(Duration.ofMillis(500)); // for the answers on their way
    long acknowledged = scene.queue().history().acknowledged();
    scene.last(Duration.ofSeconds(scene.of(3, 5, 20)));
    assertThat(scene.queue().history().acknowledged())
        .as("acknowledged while nobody lives")
        .isEqualTo(acknowledged);
    for (ClusterNode node : cluster.nodes()) {
      node.resume();
    }
    scene.awaitProgress();
    scene.awaitInSync();
    scene.proved("all nodes stood still at once (process state T), and acknowledged nothing");
  }

  /** A leader that believes it still leads when it wakes up. */
  static void leader(Scene scene) throws Exception {
    Cluster cluster = scene.cluster();
    for (int round = 0; round < scene.of(1, 1, 3); round++) {
      int partition = scene.drawPartition();
      Leadership before = scene.leadership(partition);
      ClusterNode leader = cluster.node(before.leaderId());
      String probed = "probed-" + round;
      cluster.createTopicOn(probed, leader.id());
      Map<Integer, Long> said = cluster.outputPositions();
      long pausedNs = System.nanoTime();
      leader.pause();
      awaitStill(leader);
      scene.awaitProgress();
      Leadership after = scene.awaitNewLeader(partition, before);
      assertThat(cluster.leaderOf(probed, 0)).isNotEqualTo(leader);
      cluster.expectSaid(said, "(?i)fencing broker " + leader.id() + "\\b");
      Await.elapsed(pausedNs, Duration.ofSeconds(12));

      // These are in its socket when it wakes up, before any news of what happened meanwhile.
      List<ZombieProbe> probes = new ArrayList<>();
      for (int i = 0; i < 5; i++) {
        ZombieProbe probe = new ZombieProbe(leader, new TopicPartition(probed, 0));
        probe.send(2_000);
        probes.add(probe);
      }
      leader.resume();
      for (ZombieProbe probe : probes) {
        assertThat(probe.answer()).as("answer of a leader of the past").isNotEqualTo(Errors.NONE);
        probe.close();
      }
      scene.proved(
          "%s stood still for %d ms (process state T); partition %d led by %d in epoch %d, was"
              + " epoch %d; it acknowledged none of %d writes when it woke up",
          leader,
          Kills.millisSince(pausedNs),
          partition,
          after.leaderId(),
          after.leaderEpoch(),
          before.leaderEpoch(),
          probes.size());
      scene.awaitInSync();
      scene.awaitProgress();
    }
  }
}
