package io.ottla.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class ReadBackTest {

  private final ReadBack read = new ReadBack(new Produced("topic", 3, 0 + 1 + 2));

  @Test
  void isContentWithExactlyWhatWasAcknowledged() {
    read.accept(0, 0, 1);
    read.accept(1, 0, 0);
    assertThat(read.wantsMore()).isTrue();
    read.accept(0, 1, 2);
    assertThat(read.wantsMore()).isFalse();
    read.requireComplete(3);
  }

  @Test
  void findsAGapAndARepetition() {
    read.accept(0, 0, 0);
    assertThatThrownBy(() -> read.accept(0, 2, 1))
        .isInstanceOf(MeasurementException.class)
        .hasMessageContaining("topic-0: offset 2 where 1 comes next");
    assertThatThrownBy(() -> read.accept(0, 0, 1)).isInstanceOf(MeasurementException.class);
  }

  @Test
  void findsARecordThatReplacesAnother() {
    read.accept(0, 0, 0);
    read.accept(0, 1, 1);
    read.accept(0, 2, 1);
    assertThatThrownBy(() -> read.requireComplete(3)).hasMessageContaining("adding up to 2");
  }

  @Test
  void findsARecordTooFewAndOneTooMany() {
    read.accept(0, 0, 0);
    read.accept(0, 1, 1);
    assertThatThrownBy(() -> read.requireComplete(3)).isInstanceOf(MeasurementException.class);
    read.accept(0, 2, 2);
    assertThatThrownBy(() -> read.requireComplete(4)).hasMessageContaining("the logs hold 4");
  }
}
