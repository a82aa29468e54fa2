package io.ottla.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.List;
import org.junit.jupiter.api.Test;

class RangeTest {

  @Test
  void takesTheMiddleOfAnOddNumberAndTheMeanOfTheTwoMiddlesOfAnEvenOne() {
    assertThat(Range.of(List.of(3.0, 1.0, 2.0))).isEqualTo(new Range(1, 2, 3, 3));
    assertThat(Range.of(List.of(4.0, 1.0, 2.0, 3.0))).isEqualTo(new Range(1, 2.5, 4, 4));
    assertThatIllegalArgumentException().isThrownBy(() -> Range.of(List.of()));
  }

  @Test
  void overlapsWhatItTouches() {
    Range range = new Range(1, 2, 3, 3);
    assertThat(range.overlaps(new Range(3, 4, 5, 3))).isTrue();
    assertThat(range.overlaps(new Range(0, 4, 5, 3))).isTrue();
    assertThat(range.overlaps(new Range(3.1, 4, 5, 3))).isFalse();
    assertThat(range.overlaps(new Range(0, 0.5, 0.9, 3))).isFalse();
  }
}
