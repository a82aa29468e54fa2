package io.ottla.coordinator.group;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/**
 * What concerns offsets of groups of all kinds, asked of Kafka's group state machine too. A failure
 * names its seed. More seeds: {@code -Dottla.comparison.seeds=1000}.
 */
class OffsetComparisonTest {

  private static final int SEEDS = Integer.getInteger("ottla.comparison.seeds", 100);

  @Test
  void answersWhatKafkaAnswers() {
    int exchanges = 0;
    for (long seed = 0; seed < SEEDS; seed++) {
      OffsetComparison comparison = new OffsetComparison(seed);
      try {
        exchanges += comparison.run(60);
      } catch (AssertionError | RuntimeException e) {
        throw new AssertionError("seed " + seed + "\n" + comparison.transcript(), e);
      }
    }
    assertThat(exchanges).as("compared").isGreaterThan(SEEDS * 40);
  }
}
