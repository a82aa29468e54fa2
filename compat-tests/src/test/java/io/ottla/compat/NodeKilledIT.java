package io.ottla.compat;

import static org.assertj.core.api.Assertions.assertThat;

import io.ottla.compat.cluster.Cluster;
import io.ottla.compat.cluster.ClusterNode;
import io.ottla.compat.cluster.Pace;
import io.ottla.compat.cluster.Workload;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/**
 * Nodes of a cluster die in the middle of the work: the others go on, clients find them by
 * themselves, and what was acknowledged is there afterwards, once and in order. The leader that is
 * killed is a cell of the fault suite.
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
