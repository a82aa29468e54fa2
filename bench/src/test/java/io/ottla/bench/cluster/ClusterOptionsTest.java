package io.ottla.bench.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ottla.bench.CommandLines;
import org.junit.jupiter.api.Test;
import picocli.CommandLine.ParameterException;

class ClusterOptionsTest {

  @Test
  void measuresEverythingUnlessToldWhat() {
    assertThat(parse("--cluster").figures()).containsExactly(FigureName.values());
  }

  @Test
  void measuresOnlyWhatItIsToldInThatOrder() {
    assertThat(parse("--cluster", "--only", "catch-up,failover,catch-up").figures())
        .containsExactly(FigureName.CATCH_UP, FigureName.FAILOVER);
  }

  @Test
  void refusesAFigureThatItDoesNotKnow() {
    assertThatThrownBy(() -> parse("--cluster", "--only", "fail"))
        .isInstanceOf(ParameterException.class)
        .hasMessageContaining("catch-up");
  }

  @Test
  void isBriefWhenAsked() {
    assertThat(parse("--cluster", "--quick").topics()).isEqualTo(200);
    assertThat(parse("--cluster", "--quick", "--topics", "7").topics()).isEqualTo(7);
    assertThat(parse("--cluster").missedBytes()).isEqualTo(1_000_000_000);
  }

  @Test
  void hasATargetForEachFigureMeasured() {
    assertThat(ClusterTargets.of(parse("--cluster", "--only", "rolling"))).hasSize(2);
    assertThat(ClusterTargets.of(parse("--cluster"))).hasSize(9);
  }

  private static ClusterOptions parse(String... arguments) {
    return CommandLines.parse(new ClusterOptions(), arguments);
  }
}
