package io.ottla.compat;

import static org.assertj.core.api.Assertions.assertThat;

import io.ottla.compat.broker.BrokerKind;
import io.ottla.compat.cluster.Cluster;
import io.ottla.compat.cluster.ClusterNode;
import io.ottla.compat.cluster.GroupReader;
import io.ottla.compat.cluster.Pace;
import io.ottla.compat.cluster.Workload;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Nodes with default settings are restarted under load, and applications do not notice. */
class RollingRestartIT {
  private static final Duration DEFAULT_SESSION = Duration.ofSeconds(9);

  @RegisterExtension static final Cluster CLUSTER = Cluster.of(3);

  @Test
  void theApplicationSeesNoErrorWhenAllNodesAreRestartedOneAfterTheOther() throws Exception {
    try (Workload load = Workload.startWithDefaults(CLUSTER, "rolling", 3);
        GroupReader group = new GroupReader(CLUSTER, "rolling")) {
      long fromNs = System.nanoTime();
      for (int round = 0; round < Pace.rounds(1, 5); round++) {
        for (ClusterNode node : CLUSTER.nodes()) {
          long stoppedNs = System.nanoTime();
          node.stop();
          long startedNs = System.nanoTime();
          node.start();
          CLUSTER.awaitAllBrokers();
          CLUSTER.awaitInSync("rolling", 3);
          System.out.printf(
              "%s stopped in %,d ms, in sync again after %,d ms%n",
              node,
              Duration.ofNanos(startedNs - stoppedNs).toMillis(),
              Duration.ofNanos(System.nanoTime() - startedNs).toMillis());
          load.awaitProgress(50);
        }
      }
      Duration stall = load.longestStallSince(fromNs);
      System.out.printf("longest stall: %,d ms%n", stall.toMillis());
      load.finish();
      assertThat(load.history().failures()).isEmpty();
      group.awaitRead(load.history().acknowledged());
      assertThat(stall).isLessThan(Duration.ofSeconds(5));
    }
  }

  @Test
  void aKilledNodeIsTakenBackAtOnce() throws Exception {
    try (Workload load = Workload.startWithDefaults(CLUSTER, "back-at-once", 3)) {
      ClusterNode leader = CLUSTER.leaderOf("back-at-once", 0);
      long killedNs = System.nanoTime();
      leader.kill();
      leader.start();
      CLUSTER.awaitInSync("back-at-once", 3);
      Duration away = Duration.ofNanos(System.nanoTime() - killedNs);
      System.out.printf(
          "%s killed; in sync again after %,d ms, stall %,d ms%n",
          leader, away.toMillis(), load.longestStallSince(killedNs).toMillis());
      if (BrokerKind.UNDER_TEST == BrokerKind.OTTLA) {
        assertThat(away).as("not refused as its dead self").isLessThan(DEFAULT_SESSION);
      }
      load.finish();
      assertThat(load.history().failures()).isEmpty();
    }
  }
}
