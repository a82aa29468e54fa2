package io.ottla.compat;

import static org.assertj.core.api.Assertions.assertThat;

import io.ottla.compat.cluster.Cluster;
import io.ottla.compat.cluster.ClusterNode;
import io.ottla.compat.cluster.Pace;
import io.ottla.compat.cluster.Workload;
import io.ottla.compat.cluster.ZombieProbe;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.protocol.Errors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/**
 * Nodes of a cluster stand still for longer than their session and then go on as if nothing had
 * been: what they believed when they stopped must not do any harm.
 */
class NodePausedIT {
  private static final Duration FAILOVER_LIMIT = Duration.ofSeconds(20);

  @RegisterExtension static final Cluster CLUSTER = Cluster.of(3).impatient();

  @AfterEach
  void makeWhole() throws Exception {
    CLUSTER.makeWhole();
  }

  @Test
  void aLeaderThatWasPausedAcknowledgesNothingWhenItGoesOn() throws Exception {
    try (Workload load = Workload.start(CLUSTER, "leader-paused", 3)) {
      ClusterNode leader = CLUSTER.leaderOf("leader-paused", 0);
      CLUSTER.createTopicOn("probed", leader.id());
      Map<Integer, Long> said = CLUSTER.outputPositions();
      long pausedNs = System.nanoTime();
      leader.pause();
      load.awaitProgress(100, FAILOVER_LIMIT);
      report(leader + ", a leader, paused", load.longestStallSince(pausedNs));
      assertThat(CLUSTER.leaderOf("leader-paused", 0)).isNotEqualTo(leader);
      assertThat(CLUSTER.leaderOf("probed", 0)).isNotEqualTo(leader);
      CLUSTER.expectSaid(said, "(?i)fencing broker " + leader.id() + "\\b");
      Await.elapsed(pausedNs, Pace.seconds(10, 30));

      // These are in its socket when it wakes up, before any news of what happened meanwhile.
      List<ZombieProbe> probes = new ArrayList<>();
      for (int i = 0; i < 5; i++) {
        ZombieProbe probe = new ZombieProbe(leader, new TopicPartition("probed", 0));
        probe.send(2_000);
        probes.add(probe);
      }
      leader.resume();
      for (ZombieProbe probe : probes) {
        assertThat(probe.answer()).as("answer of a leader of the past").isNotEqualTo(Errors.NONE);
        probe.close();
      }
      CLUSTER.awaitInSync("leader-paused", 3);
      load.finish();
      assertThat(load.history().failures()).isEmpty();
    }
  }

  @Test
  void theActiveControllerIsPaused() throws Exception {
    try (Workload load = Workload.start(CLUSTER, "controller-paused", 3)) {
      ClusterNode active = CLUSTER.activeController();
      long pausedNs = System.nanoTime();
      active.pause();
      CLUSTER.createTopicWithLivingReplicas("while-paused");
      report(
          active + ", the active controller, paused; a topic created",
          Duration.ofNanos(System.nanoTime() - pausedNs));
      assertThat(CLUSTER.activeController()).isNotEqualTo(active);
      load.awaitProgress(100, FAILOVER_LIMIT);
      Await.elapsed(pausedNs, Pace.seconds(6, 30));
      active.resume();
      CLUSTER.awaitInSync("controller-paused", 3);
      load.finish();
      assertThat(load.history().failures()).isEmpty();
    }
  }

  @Test
  void allNodesArePausedAtOnce() throws Exception {
    try (Workload load = Workload.start(CLUSTER, "all-paused", 3)) {
      for (ClusterNode node : CLUSTER.nodes()) {
        node.pause();
      }
      long acknowledged = load.history().acknowledged();
      Await.elapsed(System.nanoTime(), Pace.seconds(5, 30));
      assertThat(load.history().acknowledged())
          .as("acknowledged meanwhile")
          .isEqualTo(acknowledged);
      for (ClusterNode node : CLUSTER.nodes()) {
        node.resume();
      }
      load.awaitProgress(100);
      CLUSTER.awaitInSync("all-paused", 3);
      load.finish();
      assertThat(load.history().failures()).isEmpty();
    }
  }

  private static void report(String what, Duration duration) {
    System.out.printf("%s: %,d ms%n", what, duration.toMillis());
  }
}
