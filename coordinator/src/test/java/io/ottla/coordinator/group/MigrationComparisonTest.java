package io.ottla.coordinator.group;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** See {@link MigrationComparison}. */
final class MigrationComparisonTest {

  private static final int SEEDS = 120;
  private static final int STEPS = 200;

  @Test
  void groupsChangeProtocolAsKafkasDo() {
    int compared = 0;
    int upgrades = 0;
    int downgrades = 0;
    for (long seed = 0; seed < SEEDS; seed++) {
      MigrationComparison comparison = new MigrationComparison(seed);
      try {
        compared += comparison.run(STEPS);
      } catch (AssertionError | RuntimeException e) {
        throw new AssertionError("seed " + seed + "\n" + comparison.transcript(), e);
      }
      upgrades += comparison.upgrades();
      downgrades += comparison.downgrades();
    }
    assertThat(compared).isGreaterThan(SEEDS * 30);
    assertThat(upgrades).isGreaterThan(SEEDS / 3);
    assertThat(downgrades).isGreaterThan(SEEDS / 12);
  }
}
