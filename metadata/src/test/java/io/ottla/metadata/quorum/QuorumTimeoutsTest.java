package io.ottla.metadata.quorum;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class QuorumTimeoutsTest {

  @Test
  void kafkasDefaultsGiveOurs() {
    assertThat(QuorumTimeouts.of(1000, 2000, 2000)).isEqualTo(QuorumTimeouts.DEFAULT);
  }

  @Test
  void theShorterOfTheTwoDecidesWhenAVoterStands() {
    assertThat(QuorumTimeouts.of(5000, 600, 900)).isEqualTo(new QuorumTimeouts(300, 600, 600, 900));
    assertThat(QuorumTimeouts.of(600, 5000, 900))
        .isEqualTo(new QuorumTimeouts(300, 600, 5000, 900));
    assertThat(QuorumTimeouts.of(0, 0, 0).electionMinMs()).isPositive();
  }

  @Test
  void refusesNonsense() {
    assertThatThrownBy(() -> new QuorumTimeouts(5, 5, 1, 1))
        .isInstanceOf(IllegalArgumentException.class);
  }
}
