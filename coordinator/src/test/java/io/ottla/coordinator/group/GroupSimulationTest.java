package io.ottla.coordinator.group;

import org.junit.jupiter.api.Test;

/**
 * Groups under random members, faults and failovers. A failure names its seed; to repeat it alone,
 * run the simulation of that seed only. More seeds: {@code -Dottla.simulation.seeds=1000}.
 */
class GroupSimulationTest {

  private static final int SEEDS = Integer.getInteger("ottla.simulation.seeds", 60);
  private static final int STEPS = 400;

  private static void run(boolean hasFaults) {
    for (long seed = 0; seed < SEEDS; seed++) {
      try {
        new GroupSimulation(seed, hasFaults).run(STEPS);
      } catch (AssertionError | RuntimeException e) {
        throw new AssertionError(
            "seed " + seed + (hasFaults ? " with" : " without") + " faults", e);
      }
    }
  }

  @Test
  void aGroupStaysConsistentWhateverItsMembersDo() {
    run(false);
  }

  @Test
  void aGroupStaysConsistentThroughFailedAppendsSlowReplicationAndFailovers() {
    run(true);
  }
}
