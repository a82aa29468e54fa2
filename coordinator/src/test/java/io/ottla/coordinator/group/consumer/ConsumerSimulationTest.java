package io.ottla.coordinator.group.consumer;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;
import org.junit.jupiter.api.Test;

class ConsumerSimulationTest {

  private static final int RUNS = Integer.getInteger("ottla.test.runs", 20);

  @Test
  void noPartitionHasTwoOwnersAndAllIsReadInTheEnd() {
    long first = Long.getLong("ottla.test.seed", new Random().nextLong());
    int answers = 0;
    for (int i = 0; i < RUNS; i++) {
      long seed = first + i;
      ConsumerSimulation simulation = new ConsumerSimulation(seed);
      try {
        answers += simulation.run(400);
      } catch (Throwable t) {
        throw new AssertionError("-Dottla.test.seed=" + seed + "\n" + simulation.transcript(), t);
      }
    }
    assertThat(answers).isGreaterThan(RUNS * 100);
  }
}
