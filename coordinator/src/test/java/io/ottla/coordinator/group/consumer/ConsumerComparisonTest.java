package io.ottla.coordinator.group.consumer;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;
import org.junit.jupiter.api.Test;

class ConsumerComparisonTest {

  private static final int CONVERSATIONS = Integer.getInteger("ottla.test.conversations", 60);

  @Test
  void answersAndRecordsAreThoseOfKafka() {
    long first = Long.getLong("ottla.test.seed", new Random().nextLong());
    int exchanges = 0;
    int commits = 0;
    for (int i = 0; i < CONVERSATIONS; i++) {
      long seed = first + i;
      ConsumerComparison comparison = new ConsumerComparison(seed);
      try {
        exchanges += comparison.run(300);
        commits += comparison.commits();
      } catch (Throwable t) {
        throw new AssertionError("-Dottla.test.seed=" + seed + "\n" + comparison.transcript(), t);
      }
    }
    assertThat(exchanges).isGreaterThan(CONVERSATIONS * 100);
    assertThat(commits).isGreaterThan(CONVERSATIONS / 10);
  }
}
