package io.ottla.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.ottla.bench.Metric.Better;
import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.Test;

class ReportTest {

  private static final Metric RATE = new Metric("produce", "records", "1/s", Better.HIGHER);
  private static final Metric CPU = new Metric("produce", "broker CPU", "s/GB", Better.LOWER);

  private final Report report = new Report("A and B", "A", "B");

  @Test
  void setsTheMediansAgainstEachOther() throws IOException {
    report.fact("cores", "2");
    for (double value : new double[] {100, 300, 200}) {
      report.addA(List.of(RATE.of(value), CPU.of(value / 10)));
      report.addB(List.of(RATE.of(value * 5), CPU.of(value / 20)));
    }
    assertThat(report.markdown())
        .contains("- cores: 2\n")
        .contains("## produce\n")
        .contains("| | unit | A | B | B / A | better |")
        .contains("| records | 1/s | 100 / *200* / 300 | 500 / *1,000* / 1,500 | 5.00 | higher |")
        .contains(
            "| broker CPU | s/GB | 10.0 / *20.0* / 30.0 | 5.00 / *10.0* / 15.0 | 0.50 ~ | lower |");

    JsonNode json = new ObjectMapper().readTree(report.json());
    assertThat(json.at("/facts/cores").asText()).isEqualTo("2");
    assertThat(json.at("/measurements/0/b/2").asDouble()).isEqualTo(1000);
  }

  @Test
  void keepsAGroupTogether() {
    Metric other = new Metric("consume", "records", "1/s", Better.HIGHER);
    report.addA(List.of(RATE.of(1), other.of(1), CPU.of(0)));
    report.addB(List.of(RATE.of(1), other.of(1), CPU.of(0)));
    assertThat(report.markdown())
        .containsOnlyOnce("## produce")
        .contains("| broker CPU | s/GB | 0.00 | 0.00 | - | lower |\n\n## consume");
  }

  @Test
  void refusesToCompareWhatOneSideLacks() {
    report.addA(List.of(RATE.of(1), CPU.of(1)));
    report.addB(List.of(RATE.of(1)));
    assertThatThrownBy(report::markdown).isInstanceOf(MeasurementException.class);
  }

  @Test
  void showsWhatThereIsWhenSomethingIsKnownToHaveFailed() throws IOException {
    report.addA(List.of(RATE.of(1), CPU.of(1)));
    report.addB(List.of(RATE.of(1)));
    report.failure("cpu, B: it died");
    assertThat(report.markdown())
        .contains("**Not everything could be measured:**\n\n- cpu, B: it died\n")
        .contains("| broker CPU | s/GB | 1.00 | - | - | lower |");
    JsonNode json = new ObjectMapper().readTree(report.json());
    assertThat(json.at("/failures/0").asText()).isEqualTo("cpu, B: it died");
    assertThat(json.at("/measurements/1/b")).isEmpty();
  }
}
