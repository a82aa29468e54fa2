package io.ottla.bench;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class TimeBudgetTest {

  private final TimeBudget<String> budget = new TimeBudget<>(100, 1000);

  @Test
  void measuresEverythingOnceWhateverItTakes() {
    budget.took("failover", 500);
    assertThat(budget.allows("rolling", 1500)).isTrue();
  }

  @Test
  void measuresAgainWhatFits() {
    budget.took("failover", 30);
    budget.took("rolling", 60);
    assertThat(budget.allows("failover", 1070)).isTrue();
    assertThat(budget.allows("failover", 1071)).isFalse();
    assertThat(budget.allows("rolling", 1050)).isFalse();
  }

  @Test
  void reckonsWithTheLongest() {
    budget.took("failover", 60);
    budget.took("failover", 30);
    assertThat(budget.allows("failover", 1050)).isFalse();
  }
}
