package io.ottla.bench.transactions;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ottla.bench.MeasurementException;
import io.ottla.bench.Produced;
import org.junit.jupiter.api.Test;

class CommittedReadBackTest {

  private final CommittedReadBack read = new CommittedReadBack(new Produced("topic", 3, 0 + 1 + 2));

  @Test
  void isContentWithExactlyWhatWasCommittedAndMarkersInBetween() {
    read.accept(0, 0, 1);
    read.accept(1, 5, 0);
    read.accept(0, 2, 2);
    assertThatCode(read::requireComplete).doesNotThrowAnyException();
  }

  @Test
  void findsAnOffsetReadTwice() {
    read.accept(0, 7, 0);
    assertThatThrownBy(() -> read.accept(0, 7, 1))
        .isInstanceOf(MeasurementException.class)
        .hasMessageContaining("topic-0: offset 7 after 7");
  }

  @Test
  void findsARecordThatReplacesAnother() {
    read.accept(0, 0, 0);
    read.accept(0, 1, 1);
    read.accept(0, 2, 1);
    assertThatThrownBy(read::requireComplete).hasMessageContaining("adding up to 2");
  }

  @Test
  void findsARecordTooFewAndOneTooMany() {
    read.accept(0, 0, 0);
    read.accept(0, 1, 1);
    assertThatThrownBy(read::requireComplete).isInstanceOf(MeasurementException.class);
    read.accept(0, 2, 2);
    read.accept(1, 0, 0);
    assertThatThrownBy(read::requireComplete).hasMessageContaining("read 4");
  }
}
