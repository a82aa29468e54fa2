package io.ottla.bench.log;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ottla.bench.MeasurementException;
import io.ottla.bench.log.TailLatencies.Percentiles;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TailLatenciesTest {

  private static final long START_NS = -5_000_000_000L;
  private static final long SECOND_NS = 1_000_000_000L;

  /** Three seconds of 1,000 records each; in the second one something goes on. */
  private final TailLatencies latencies =
      new TailLatencies(START_NS, 1000, of(1, 2, 3), of(10, 200, 30), of(100, 2000, 300));

  @Test
  void tellsApartWhatWasBesideWhat() {
    Percentiles quiet = latencies.in(second(0), 500);
    Percentiles busy = latencies.in(second(1), 500);
    assertThat(quiet.received().getTotalCount()).isEqualTo(1000);
    assertThat(quiet.received().getMaxValue()).isEqualTo(100);
    assertThat(busy.late().getMinValue()).isEqualTo(2);
    assertThat(busy.acknowledged().getValueAtPercentile(50)).isEqualTo(200);
    assertThat(busy.received().getValueAtPercentile(99)).isBetween(2000L, 2001L);
  }

  @Test
  void goesByTheTimeThatARecordWasDue() {
    Window half = new Window(START_NS + SECOND_NS / 2, START_NS + 3 * SECOND_NS / 2);
    Percentiles both = latencies.in(half, 500);
    assertThat(both.received().getTotalCount()).isEqualTo(1000);
    assertThat(both.received().getMinValue()).isEqualTo(100);
    assertThat(both.received().getMaxValue()).isGreaterThanOrEqualTo(2000);
  }

  @Test
  void makesNoPercentileOfAFewRecords() {
    Window brief = new Window(START_NS, START_NS + SECOND_NS / 100);
    assertThatThrownBy(() -> latencies.in(brief, 500))
        .isInstanceOf(MeasurementException.class)
        .hasMessageContaining("only 10 records");
  }

  @Test
  void isTheSameAfterItWasWrittenAndRead(@TempDir Path directory) throws IOException {
    Path file = directory.resolve("latencies");
    latencies.write(file);
    TailLatencies read = TailLatencies.read(file);
    for (int second = 0; second < 3; second++) {
      assertThat(read.in(second(second), 1000)).isEqualTo(latencies.in(second(second), 1000));
    }
    assertThatThrownBy(() -> read.in(second(3), 1)).hasMessageContaining("only 0 records");

    Path window = directory.resolve("window");
    new Window(START_NS, 7).write(window);
    assertThat(Window.read(window)).isEqualTo(new Window(START_NS, 7));
  }

  private static Window second(int index) {
    long fromNs = START_NS + index * SECOND_NS;
    return new Window(fromNs, fromNs + SECOND_NS);
  }

  private static long[] of(long first, long second, long third) {
    long[] values = new long[3000];
    Arrays.fill(values, 0, 1000, first);
    Arrays.fill(values, 1000, 2000, second);
    Arrays.fill(values, 2000, 3000, third);
    return values;
  }
}
