package io.ottla.bench.log;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ottla.bench.CommandLines;
import io.ottla.bench.Target;
import org.junit.jupiter.api.Test;
import picocli.CommandLine.ParameterException;

class LogOptionsTest {

  @Test
  void measuresEverythingUnlessToldWhat() {
    assertThat(parse("--log").figures()).containsExactly(LogFigure.values());
    assertThat(parse("--log", "--only", "cold,restart").figures())
        .containsExactly(LogFigure.COLD, LogFigure.RESTART);
  }

  @Test
  void refusesAFigureThatItDoesNotKnow() {
    assertThatThrownBy(() -> parse("--log", "--only", "tiering"))
        .isInstanceOf(ParameterException.class);
  }

  @Test
  void hasTheFullSizesUnlessToldOtherwise() {
    LogOptions options = parse("--log");
    assertThat(options.restartBytes()).isEqualTo(5_000_000_000L);
    assertThat(options.partitions()).isEqualTo(5000);
    assertThat(options.compactionBytes()).isEqualTo(2_000_000_000L);
    assertThat(options.coldBytes()).isEqualTo(10_000_000_000L);
    assertThat(options.flushSeconds()).isEqualTo(12);
    assertThat(options.rounds()).isEqualTo(2);
  }

  @Test
  void scalesWhatIsNotGivenByItself() {
    LogOptions options = parse("--log", "--scale", "0.01", "--cold-gb", "1");
    assertThat(options.restartBytes()).isEqualTo(50_000_000L);
    assertThat(options.partitions()).isEqualTo(50);
    assertThat(options.coldBytes()).isEqualTo(1_000_000_000L);
    assertThat(options.flushSeconds()).isEqualTo(3);
    assertThat(parse("--log", "--quick").partitions()).isEqualTo(500);
    assertThat(parse("--log", "--quick").rounds()).isOne();
  }

  @Test
  void asksForRoomForTheLargestOnly() {
    assertThat(parse("--log").neededBytes()).isEqualTo(13_000_000_000L);
    assertThat(parse("--log", "--only", "flush").neededBytes()).isLessThan(4_000_000_000L);
  }

  @Test
  void hasTheTargetsOfWhatItMeasures() {
    assertThat(LogTargets.of(parse("--log"))).hasSize(1 + 3 + 1 + 2 * 2 + 1);
    assertThat(LogTargets.of(parse("--log", "--only", "flush", "--flush-partitions", "8")))
        .extracting(Target::ratio)
        .containsExactly(5.0, 0.3);
    assertThat(LogTargets.of(parse("--log", "--only", "cold")))
        .extracting(Target::limit)
        .containsExactly(2.0);
  }

  @Test
  void onlyCompactionNeedsBrokersThatAreNotAtTheirDefaults() {
    for (LogFigure figure : LogFigure.values()) {
      assertThat(figure.brokerProperties().isEmpty()).isEqualTo(figure != LogFigure.COMPACTION);
      assertThat(figure.make(parse("--log"))).isNotNull();
    }
  }

  private static LogOptions parse(String... arguments) {
    return CommandLines.parse(new LogOptions(), arguments);
  }
}
