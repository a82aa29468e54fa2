package io.ottla.log;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class LeaderEpochsTest {

  private final LeaderEpochs epochs = LeaderEpochs.EMPTY.assign(2, 10).assign(4, 20).assign(7, 30);

  @Test
  void keepsTheFirstOffsetOfEachEpoch() {
    assertThat(epochs.assign(7, 35)).isSameAs(epochs);
    assertThat(epochs).hasToString("[2@10, 4@20, 7@30]");
    assertThat(epochs.latest()).isEqualTo(7);
  }

  @Test
  void dropsWhatContradictsANewEpoch() {
    assertThat(epochs.assign(8, 20)).hasToString("[2@10, 8@20]");
    assertThat(epochs.assign(4, 40)).hasToString("[2@10, 4@40]");
    assertThat(epochs.assign(7, 25)).hasToString("[2@10, 4@20, 7@25]");
    assertThatThrownBy(() -> epochs.assign(-1, 5)).isInstanceOf(IllegalArgumentException.class);
  }

  /** KIP-101, KIP-279. */
  @Test
  void tellsWhereAnEpochEnds() {
    assertThat(epochs.endOffset(7, 55)).isEqualTo(new EpochEndOffset(7, 55));
    assertThat(epochs.endOffset(4, 55)).isEqualTo(new EpochEndOffset(4, 30));
    assertThat(epochs.endOffset(5, 55)).isEqualTo(new EpochEndOffset(4, 30));
    assertThat(epochs.endOffset(1, 55)).isEqualTo(new EpochEndOffset(1, 10));
    assertThat(epochs.endOffset(8, 55)).isEqualTo(EpochEndOffset.UNDEFINED);
    assertThat(epochs.endOffset(-1, 55)).isEqualTo(EpochEndOffset.UNDEFINED);
    assertThat(LeaderEpochs.EMPTY.endOffset(0, 55)).isEqualTo(EpochEndOffset.UNDEFINED);
  }

  @Test
  void knowsTheEpochOfAnOffset() {
    assertThat(epochs.epochOf(9)).isEqualTo(-1);
    assertThat(epochs.epochOf(10)).isEqualTo(2);
    assertThat(epochs.epochOf(29)).isEqualTo(4);
    assertThat(epochs.epochOf(99)).isEqualTo(7);
  }

  @Test
  void isCutAtBothEnds() {
    assertThat(epochs.truncateFromEnd(30)).hasToString("[2@10, 4@20]");
    assertThat(epochs.truncateFromEnd(31)).isSameAs(epochs);
    assertThat(epochs.truncateFromStart(25)).hasToString("[4@25, 7@30]");
    assertThat(epochs.truncateFromStart(30)).hasToString("[7@30]");
    assertThat(epochs.truncateFromStart(10)).isSameAs(epochs);
    assertThat(epochs.truncateFromStart(5)).isSameAs(epochs);
  }
}
