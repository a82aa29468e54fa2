package io.ottla.bench;

import static org.assertj.core.api.Assertions.assertThat;

import io.ottla.bench.Metric.Better;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

class TargetTest {

  private static final Metric TIME = new Metric("failover", "to next ack", "ms", Better.LOWER);
  private static final Metric RATE = new Metric("catch-up", "all", "MB/s", Better.HIGHER);

  @Test
  void holdsTheMediansAgainstEachOther() {
    Target target = Target.ratio("leader killed", TIME, 0.3);
    assertThat(target.metBy(range(9000, 10_000, 11_000), range(1000, 3000, 9000))).isTrue();
    assertThat(target.metBy(range(9000, 10_000, 11_000), range(1000, 3001, 3002))).isFalse();
  }

  @Test
  void wantsMoreWhereMoreIsBetter() {
    Target target = Target.ratio("catch-up", RATE, 1.5);
    assertThat(target.metBy(range(100), range(150))).isTrue();
    assertThat(target.metBy(range(100), range(149))).isFalse();
  }

  @Test
  void allowsNoSingleValueBeyondTheLimit() {
    Target target = new Target("leader killed", TIME, 0.3, 3000);
    assertThat(target.metBy(range(20_000), range(1000, 2000, 3000))).isTrue();
    assertThat(target.metBy(range(20_000), range(1000, 2000, 3001))).isFalse();
  }

  @Test
  void saysInTheReportWhatIsMetAndWhatIsMissing() {
    Target target = new Target("leader killed", TIME, 0.3, 3000);
    assertThat(target.row(range(10_000), range(2000)))
        .isEqualTo(
            "| leader killed | at most 0.3 of the other, in every round 3,000 ms | ms | 10,000 |"
                + " 2,000 | 0.20 | yes |\n");
    assertThat(target.row(range(10_000), range(4000))).endsWith("| 0.40 | **no** |\n");
    assertThat(target.row(range(10_000), Range.NONE)).endsWith("| - | - | not measured |\n");
  }

  private static Range range(double... values) {
    return Range.of(Arrays.stream(values).boxed().toList());
  }

  @Test
  void opensTheReport() {
    Report report = new Report("A and B", "A", "B");
    report.target(Target.limit("errors", TIME, 0));
    report.addA(List.of(TIME.of(1)));
    report.addB(List.of(TIME.of(0)));
    assertThat(report.markdown())
        .contains("## targets\n")
        .contains("| errors | at most in every round 0 ms | ms | 1.00 | 0.00 | 0.00 | yes |");
  }
}
