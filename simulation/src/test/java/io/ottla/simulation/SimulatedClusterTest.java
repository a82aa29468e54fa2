package io.ottla.simulation;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import org.junit.jupiter.api.Test;

class SimulatedClusterTest {

  @Test
  void aClusterComesUp() {
    Timeline timeline = new Timeline(1);
    SimulatedCluster cluster = new SimulatedCluster(timeline, 3, QuorumPace.USUAL, Map.of());
    cluster.start();
    cluster.until(
        "all serve",
        60_000,
        () -> cluster.machines().stream().allMatch(SimulatedMachine::isServing));
    System.out.println(timeline.nowMs() + " ms, " + timeline.happened() + " events");
    assertThat(cluster.machine(1).node().image().brokers()).hasSize(3);
  }
}
