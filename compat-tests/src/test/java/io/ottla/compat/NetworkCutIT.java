package io.ottla.compat;

import static org.assertj.core.api.Assertions.assertThat;

import io.ottla.compat.cluster.Cluster;
import io.ottla.compat.cluster.ClusterNode;
import io.ottla.compat.cluster.Pace;
import io.ottla.compat.cluster.Workload;
import io.ottla.history.Anomaly;
import java.time.Duration;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.extension.RegisterExtension;

/**
 * Nodes that all live cannot reach each other, or not the clients: whatever has a majority goes on,
 * whatever has none acknowledges nothing, and afterwards all are of one mind. A leader and an
 * active controller without their peers are cells of the fault suite. Needs Linux, which tells the
 * proxies between the nodes who is calling.
 */
@EnabledOnOs(value = OS.LINUX, disabledReason = "only /proc tells which node a connection is of")
class NetworkCutIT {
  private static final Duration FAILOVER_LIMIT = Duration.ofSeconds(30);

  @RegisterExtension static final Cluster CLUSTER = Cluster.of(3).impatient().behindProxies();

  @AfterEach
  void makeWhole() throws Exception {
    CLUSTER.makeWhole();
  }

  @Test
  void aLeaderCutOffFromOnePeerGoesOnWithTheOther() throws Exception {
    try (Workload load = Workload.start(CLUSTER, "one-link", 3)) {
      ClusterNode leader = CLUSTER.leaderOf("one-link", 0);
      ClusterNode follower = CLUSTER.othersThan(leader.id()).getFirst();
      long cutNs = System.nanoTime();
      CLUSTER.network().cut(leader.id(), follower.id());
      load.awaitProgress(100, FAILOVER_LIMIT);
      Await.elapsed(cutNs, Pace.seconds(6, 30));
      load.awaitProgress(100, FAILOVER_LIMIT);
      report(leader + " and " + follower + " cut off", load.longestStallSince(cutNs));
      assertThat(CLUSTER.network().held(leader.id(), follower.id()))
          .as("held by the cut")
          .isPositive();
      CLUSTER.network().mend();
      CLUSTER.awaitInSync("one-link", 3);
      load.finish();
      assertThat(load.history().failures()).isEmpty();
    }
  }

  @Test
  void aNodeThatOnlyClientsCannotReachKeepsWhatItLeads() throws Exception {
    try (Workload load = Workload.start(CLUSTER, "no-clients", 3)) {
      ClusterNode leader = CLUSTER.leaderOf("no-clients", 0);
      List<Integer> ledByOthers =
          IntStream.range(0, 3)
              .filter(partition -> leaderId("no-clients", partition) != leader.id())
              .boxed()
              .toList();
      long cutNs = System.nanoTime();
      CLUSTER.network().isolateFromClients(leader.id());
      load.awaitProgressIn(ledByOthers, 100, FAILOVER_LIMIT);
      Await.elapsed(cutNs, Pace.seconds(4, 30));
      assertThat(CLUSTER.network().heldFromClients(leader.id())).as("held by the cut").isPositive();
      assertThat(CLUSTER.leaderOf("no-clients", 0))
          .as("its peers have no reason to replace it")
          .isEqualTo(leader);
      CLUSTER.network().mend();
      load.awaitProgress(100, FAILOVER_LIMIT);
      report(leader + " cut off from clients", load.longestStallSince(cutNs));
      load.finish();
      assertThat(load.history().failures()).isEmpty();
    }
  }

  private static int leaderId(String topic, int partition) {
    try {
      return CLUSTER.leaderOf(topic, partition).id();
    } catch (Exception e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void aNodeThatHearsItsPeersButIsNotHeardByThem() throws Exception {
    try (Workload load = Workload.start(CLUSTER, "one-way", 3)) {
      ClusterNode leader = CLUSTER.leaderOf("one-way", 0);
      long cutNs = System.nanoTime();
      CLUSTER.network().silence(leader.id());
      load.awaitProgress(100, FAILOVER_LIMIT);
      report(leader + " not heard by its peers", load.longestStallSince(cutNs));
      assertThat(CLUSTER.network().heldFromPeers(leader.id())).as("held by the cut").isPositive();
      CLUSTER.network().mend();
      CLUSTER.awaitInSync("one-way", 3);
      load.finish();
      assertThat(load.history().failures()).isEmpty();
    }
  }

  /** Shows that the checker, and all that feeds it, can fail: acks=1 promises less. */
  @Test
  void whatCarelessProducersLoseIsFound() throws Exception {
    try (Workload load = Workload.startCareless(CLUSTER, "careless", 3)) {
      ClusterNode leader = CLUSTER.leaderOf("careless", 0);
      long acknowledged = load.history().acknowledged();
      CLUSTER.network().isolateFromPeers(leader.id());
      Await.until(
          "the cut off leader has acknowledged what nobody else has",
          FAILOVER_LIMIT,
          () -> load.history().acknowledged() > acknowledged + 100);
      assertThat(CLUSTER.leaderOf("careless", 0)).isNotEqualTo(leader);
      CLUSTER.network().mend();
      CLUSTER.awaitInSync("careless", 3);
      assertThat(load.finishWithAnomalies()).extracting(Anomaly::kind).contains(Anomaly.Kind.LOST);
    }
  }

  private static void report(String what, Duration duration) {
    System.out.printf("%s: %,d ms%n", what, duration.toMillis());
  }
}
