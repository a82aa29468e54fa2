package io.ottla.compat.faults;

import static org.assertj.core.api.Assertions.assertThat;

import io.ottla.compat.cluster.ClusterNode;
import io.ottla.compat.cluster.RequestFaults;
import java.time.Duration;
import org.apache.kafka.common.protocol.ApiKeys;

/** Plans in which single requests of clients come late or twice, or are not answered. */
final class Requests {
  private static final double LOST = 0.05;
  private static final double TWICE = 0.05;
  private static final double LATER = 0.03;
  private static final double HELD = 0.15;

  private Requests() {}

  /** produce requests are served, but the answer is lost; others are served twice. */
  static void lostAnswers(Scene scene) throws Exception {
    RequestFaults requests = scene.requests();
    requests.disturb(ApiKeys.PRODUCE.id, LOST, TWICE, LATER);
    for (int round = 0; round < scene.of(1, 2, 6); round++) {
      scene.last(Duration.ofSeconds(scene.of(4, 10, 20)));
      int partition = scene.drawPartition();
      ClusterNode leader = scene.cluster().leaderOf(Scene.QUEUE, partition);
      if (scene.random().nextBoolean()) {
        Kills.kill(leader);
        scene.awaitSomeProgress();
      } else {
        leader.stop();
      }
      leader.start();
      scene.awaitInSync();
    }
    requests.stop();
    assertThat(requests.answersLost()).as("answers lost").isPositive();
    assertThat(requests.twice()).as("requests served twice").isPositive();
    assertThat(requests.againLater()).as("requests served again later").isPositive();
    scene.proved(
        "%d produce requests served, but not answered; %d served twice, %d again after others; %d"
            + " leaders killed or restarted meanwhile",
        requests.answersLost(), requests.twice(), requests.againLater(), scene.of(1, 2, 6));
  }

  /** EndTxn comes so late that the client has gone on over another connection. */
  static void heldEndTxn(Scene scene) throws Exception {
    RequestFaults requests = scene.requests();
    requests.hold(ApiKeys.END_TXN.id, HELD);
    scene.last(Duration.ofSeconds(scene.of(15, 30, 200)));
    requests.stop();
    assertThat(requests.held()).as("requests that came late").isPositive();
    scene.proved("%d EndTxn requests came 2 to 5 seconds late", requests.held());
  }
}
