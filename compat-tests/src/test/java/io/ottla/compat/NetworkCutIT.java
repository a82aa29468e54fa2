package io.ottla.compat;

import static org.assertj.core.api.Assertions.assertThat;

import io.ottla.compat.cluster.Cluster;
import io.ottla.compat.cluster.ClusterNode;
import io.ottla.compat.cluster.Pace;
import io.ottla.compat.cluster.Workload;
import io.ottla.compat.cluster.ZombieProbe;
import io.ottla.history.Anomaly;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.protocol.Errors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.extension.RegisterExtension;

/**
 * Nodes that all live cannot reach each other, or not the clients: whatever has a majority goes on,
 * whatever has none acknowledges nothing, and afterwards all are of one mind. Needs Linux, which
 * tells the proxies between the nodes who is calling.
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
  void aLeaderCutOffFromItsPeersAcknowledgesNothing() throws Exception {
    try (Workload load = Workload.start(CLUSTER, "leader-alone", 3)) {
      ClusterNode leader = CLUSTER.leaderOf("leader-alone", 0);
      CLUSTER.createTopicOn("alone-probed", leader.id());
      TopicPartition probed = new TopicPartition("alone-probed", 0);
      assertThat(answer(leader, probed, 10_000)).as("before the cut").isEqualTo(Errors.NONE);
      Map<Integer, Long> said = CLUSTER.outputPositions();
      long cutNs = System.nanoTime();
      CLUSTER.network().isolateFromPeers(leader.id());
      assertThat(answer(leader, probed, 1_000)).as("just after the cut").isNotEqualTo(Errors.NONE);
      load.awaitProgress(100, FAILOVER_LIMIT);
      report(leader + ", a leader, cut off from its peers", load.longestStallSince(cutNs));
      assertThat(CLUSTER.network().heldFromPeers(leader.id())).as("held by the cut").isPositive();
      assertThat(CLUSTER.leaderOf("leader-alone", 0)).isNotEqualTo(leader);
      for (int i = 0; i < Pace.rounds(2, 20); i++) {
        assertThat(answer(leader, probed, 1_000)).as("during the cut").isNotEqualTo(Errors.NONE);
      }
      CLUSTER.expectSaid(said, "(?i)fencing broker " + leader.id() + "\\b");
      CLUSTER.network().mend();
      CLUSTER.awaitInSync("leader-alone", 3);
      CLUSTER.awaitInSync("alone-probed", 3);
      load.finish();
      assertThat(load.history().failures()).isEmpty();
    }
  }

  /** The error in the answer to a write with acks=all, or that there was no answer. */
  private static Errors answer(ClusterNode node, TopicPartition partition, int timeoutMs) {
    try (ZombieProbe probe = new ZombieProbe(node, partition)) {
      probe.send(timeoutMs);
      return probe.answer();
    } catch (IOException noAnswer) {
      return Errors.NETWORK_EXCEPTION;
    }
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
  void theActiveControllerIsCutOffFromItsPeers() throws Exception {
    try (Workload load = Workload.start(CLUSTER, "controller-alone", 3)) {
      ClusterNode active = CLUSTER.activeController();
      long cutNs = System.nanoTime();
      CLUSTER.network().isolateFromPeers(active.id());
      CLUSTER.createTopicWithLivingReplicas("while-alone");
      report(
          active + ", the active controller, cut off; a topic created",
          Duration.ofNanos(System.nanoTime() - cutNs));
      load.awaitProgress(100, FAILOVER_LIMIT);
      assertThat(CLUSTER.network().heldFromPeers(active.id())).as("held by the cut").isPositive();
      assertThat(CLUSTER.activeController()).isNotEqualTo(active);
      CLUSTER.network().mend();
      CLUSTER.awaitInSync("controller-alone", 3);
      load.finish();
      assertThat(load.history().failures()).isEmpty();
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
