package io.ottla.compat;

import static org.assertj.core.api.Assertions.assertThat;

import io.ottla.compat.cluster.Cluster;
import io.ottla.compat.cluster.ClusterNode;
import io.ottla.compat.cluster.Pace;
import io.ottla.compat.cluster.Workload;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/**
 * Nodes of a cluster die in the middle of the work: the others go on, clients find them by
 * themselves, and what was acknowledged is there afterwards, once and in order.
 */
class NodeKilledIT {
  /** More than a session, a lost request and an election. */
  private static final Duration FAILOVER_LIMIT = Duration.ofSeconds(20);

  @RegisterExtension static final Cluster CLUSTER = Cluster.of(3).impatient();

  @AfterEach
  void makeWhole() throws Exception {
    CLUSTER.makeWhole();
  }

  @Test
  void withoutAnyFaultNothingFailsAndNothingStalls() throws Exception {
    try (Workload load = Workload.start(CLUSTER, "baseline", 3)) {
      long fromNs = System.nanoTime();
      load.awaitProgress(Pace.rounds(500, 10_000));
      assertThat(load.longestStallSince(fromNs)).as("stall").isLessThan(Duration.ofSeconds(3));
      load.finish();
      assertThat(load.history().failures()).isEmpty();
    }
  }

  @Test
  void theLeaderOfAPartitionIsKilledAgainAndAgain() throws Exception {
    try (Workload load = Workload.start(CLUSTER, "leader-killed", 3)) {
      for (int round = 0; round < Pace.rounds(2, 10); round++) {
        Map<Integer, Long> said = CLUSTER.outputPositions();
        ClusterNode leader = CLUSTER.leaderOf("leader-killed", 0);
        long killedNs = System.nanoTime();
        leader.kill();
        assertThat(leader.isAlive()).isFalse();
        load.awaitProgress(100, FAILOVER_LIMIT);
        report(leader + ", a leader, killed", load.longestStallSince(killedNs));
        assertThat(CLUSTER.leaderOf("leader-killed", 0)).isNotEqualTo(leader);
        CLUSTER.expectSaid(said, "(?i)fencing broker " + leader.id() + "\\b");
        leader.start();
        CLUSTER.awaitInSync("leader-killed", 3);
      }
      load.finish();
      assertThat(load.history().failures()).isEmpty();
    }
  }

  @Test
  void theActiveControllerIsKilled() throws Exception {
    try (Workload load = Workload.start(CLUSTER, "controller-killed", 3)) {
      for (int round = 0; round < Pace.rounds(1, 10); round++) {
        ClusterNode active = CLUSTER.activeController();
        long killedNs = System.nanoTime();
        active.kill();
        CLUSTER.createTopicWithLivingReplicas("during-" + round);
        report(
            active + ", the active controller, killed; a topic created",
            Duration.ofNanos(System.nanoTime() - killedNs));
        assertThat(CLUSTER.activeController()).isNotEqualTo(active);
        load.awaitProgress(100, FAILOVER_LIMIT);
        active.start();
        CLUSTER.awaitInSync("controller-killed", 3);
      }
      load.finish();
      assertThat(load.history().failures()).isEmpty();
    }
  }

  @Test
  void allNodesAreKilledAtOnce() throws Exception {
    try (Workload load = Workload.start(CLUSTER, "all-killed", 3)) {
      for (int round = 0; round < Pace.rounds(1, 5); round++) {
        load.awaitProgress(200);
        for (ClusterNode node : CLUSTER.nodes()) {
          node.process().killWithoutWaiting();
        }
        for (ClusterNode node : CLUSTER.nodes()) {
          node.kill();
        }
        long acknowledged = load.history().acknowledged();
        long startedNs = System.nanoTime();
        CLUSTER.startAll();
        load.awaitProgress(100);
        report("all killed and started", Duration.ofNanos(System.nanoTime() - startedNs));
        assertThat(acknowledged).isPositive();
      }
      load.finish();
      assertThat(load.history().failures()).isEmpty();
    }
  }

  private static void report(String what, Duration duration) {
    System.out.printf("%s: %,d ms%n", what, duration.toMillis());
  }
}
