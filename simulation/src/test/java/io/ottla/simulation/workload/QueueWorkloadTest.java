package io.ottla.simulation.workload;

import static org.assertj.core.api.Assertions.assertThat;

import io.ottla.simulation.Timeline;
import io.ottla.simulation.UncleanElections;
import io.ottla.simulation.client.ClientTimes;
import io.ottla.simulation.client.SmallCluster;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Clients keep their promises on brokers that keep theirs, and notice brokers that do not. */
class QueueWorkloadTest {

  private static final int SEEDS = 200;
  private static final long SECOND_NS = 1_000_000_000L;

  private final List<Integer> brokers = List.of(1, 2, 3);

  private QueueWorkload run(long seed, double broken, boolean isForgetful) {
    Timeline timeline = new Timeline(seed);
    SmallCluster cluster = new SmallCluster(timeline, brokers, broken, isForgetful);
    Surroundings around =
        new Surroundings(
            timeline,
            cluster,
            brokers,
            3,
            2,
            ClientTimes.SHORT,
            new UncleanElections(),
            1_700_000_000_000L);
    QueueWorkload queue = new QueueWorkload(around, 2, new Pace(40, 50));
    queue.begin();
    for (int second = 1; second < 60 && !queue.isDone(); second++) {
      timeline.runUntilNs(second * SECOND_NS);
      cluster.moveLeaders();
      if (second % 2 == 0) {
        SimulatedClient some =
            queue.clients().get(timeline.random().nextInt(queue.clients().size()));
        some.crash();
        some.restart();
      }
    }
    assertThat(queue.isDone()).as("seed %d: all operations end", seed).isTrue();
    queue.readToEnd();
    timeline.runUntilNs(timeline.nowNs() + 60 * SECOND_NS);
    assertThat(queue.isRead()).as("seed %d: all is read", seed).isTrue();
    return queue;
  }

  @Test
  void nothingIsWrongWithBrokersThatDoTheirDuty() {
    for (long seed = 1; seed <= SEEDS; seed++) {
      QueueWorkload queue = run(seed, seed % 4 * 0.02, false);
      assertThat(queue.anomalies()).as("seed %d, %s", seed, queue.summary()).isEmpty();
      assertThat(queue.progress()).as("seed %d, %s", seed, queue.summary()).isGreaterThan(60);
    }
  }

  @Test
  void valuesThatAreThereTwiceAreNoticed() {
    assertThat(run(1, 0.1, true).anomalies()).anyMatch(each -> each.contains("DUPLICATE"));
  }

  @Test
  void oneSeedMakesOneHistory() {
    QueueWorkload first = run(5, 0.05, false);
    QueueWorkload second = run(5, 0.05, false);
    assertThat(second.summary()).isEqualTo(first.summary());
    assertThat(second.history().finalReads())
        .containsExactlyElementsOf(first.history().finalReads());
  }
}
