package io.ottla.coordinator.group;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/**
 * Random conversations, held with Kafka's group state machine too. A failure names its seed. More
 * seeds: {@code -Dottla.comparison.seeds=1000}.
 */
class KafkaComparisonTest {

  private static final int SEEDS = Integer.getInteger("ottla.comparison.seeds", 100);

  @Test
  void answersWhatKafkaAnswersWhenKafkaAnswers() {
    int exchanges = 0;
    for (long seed = 0; seed < SEEDS; seed++) {
      KafkaComparison comparison = new KafkaComparison(seed);
      try {
        exchanges += comparison.run(400);
      } catch (AssertionError | RuntimeException e) {
        throw new AssertionError("seed " + seed + "\n" + comparison.transcript(), e);
      }
    }
    assertThat(exchanges).as("compared").isGreaterThan(SEEDS * 50);
  }
}
