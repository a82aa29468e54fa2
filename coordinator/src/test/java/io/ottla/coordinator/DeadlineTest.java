package io.ottla.coordinator;

import static org.assertj.core.api.Assertions.assertThat;

import io.ottla.runtime.ManualClock;
import io.ottla.runtime.ManualShard;
import org.junit.jupiter.api.Test;

class DeadlineTest {

  private final ManualClock clock = new ManualClock(0);
  private final ManualShard shard = new ManualShard(clock);
  private int runs;
  private final Deadline deadline = new Deadline(shard, () -> runs++);

  private void pass(long ms) {
    clock.advanceMs(ms);
    shard.turn();
  }

  @Test
  void runsOnceWhenItIsDue() {
    deadline.set(10);
    pass(9);
    assertThat(runs).isZero();
    assertThat(deadline.isSet()).isTrue();
    pass(1);
    assertThat(runs).isEqualTo(1);
    assertThat(deadline.isSet()).isFalse();
    pass(100);
    assertThat(runs).isEqualTo(1);
  }

  @Test
  void isPutOffAgainAndAgain() {
    for (int i = 0; i < 10; i++) {
      deadline.set(10);
      pass(9);
    }
    assertThat(runs).isZero();
    pass(1);
    assertThat(runs).isEqualTo(1);
  }

  @Test
  void isMovedForward() {
    deadline.set(1_000);
    deadline.set(10);
    pass(10);
    assertThat(runs).isEqualTo(1);
    pass(2_000);
    assertThat(runs).isEqualTo(1);
  }

  @Test
  void doesNotRunOnceCancelledAndMayBeSetAnew() {
    deadline.set(10);
    deadline.cancel();
    pass(20);
    assertThat(runs).isZero();
    assertThat(shard.nextDeadlineNs()).isEqualTo(Long.MAX_VALUE);
    deadline.set(10);
    pass(10);
    assertThat(runs).isEqualTo(1);
  }

  @Test
  void takesADelayThatIsNegativeForNow() {
    deadline.set(-5);
    pass(0);
    assertThat(runs).isEqualTo(1);
  }
}
