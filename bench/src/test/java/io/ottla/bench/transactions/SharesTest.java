package io.ottla.bench.transactions;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class SharesTest {

  @Test
  void areCompleteWhenEveryLoopHasSomeAndTogetherTheyHaveAll() {
    Shares shares = new Shares(2, 8);
    shares.given(0, 8);
    assertThat(shares.complete()).isFalse();
    shares.taken(0, 8);
    shares.given(0, 4);
    assertThat(shares.complete()).isFalse();
    shares.given(1, 4);
    assertThat(shares.complete()).isTrue();
  }
}
