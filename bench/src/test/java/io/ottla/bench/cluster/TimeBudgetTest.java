package io.ottla.bench.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class TimeBudgetTest {

  private final TimeBudget budget = new TimeBudget(100, 1000);

  @Test
  void measuresEverythingOnceWhateverItTakes() {
    budget.took(FigureName.FAILOVER, 500);
    assertThat(budget.allows(FigureName.ROLLING, 1500)).isTrue();
  }

  @Test
  void measuresAgainWhatFits() {
    budget.took(FigureName.FAILOVER, 30);
    budget.took(FigureName.ROLLING, 60);
    assertThat(budget.allows(FigureName.FAILOVER, 1070)).isTrue();
    assertThat(budget.allows(FigureName.FAILOVER, 1071)).isFalse();
    assertThat(budget.allows(FigureName.ROLLING, 1050)).isFalse();
  }

  @Test
  void reckonsWithTheLongest() {
    budget.took(FigureName.FAILOVER, 60);
    budget.took(FigureName.FAILOVER, 30);
    assertThat(budget.allows(FigureName.FAILOVER, 1050)).isFalse();
  }
}
