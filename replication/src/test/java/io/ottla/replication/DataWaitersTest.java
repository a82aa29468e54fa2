package io.ottla.replication;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class DataWaitersTest {

  private static final class Waiter implements DataWaiter {

    boolean done;
    int woken;

    @Override
    public void onChange() {
      woken++;
    }

    @Override
    public boolean isDone() {
      return done;
    }
  }

  private final DataWaiters waiters = new DataWaiters();

  @Test
  void wakesEachOnce() {
    Waiter waiter = new Waiter();
    waiters.add(waiter);

    waiters.wakeAll();
    waiters.wakeAll();

    assertThat(waiter.woken).isEqualTo(1);
  }

  @Test
  void doesNotGrowWithFetchesThatGaveUp() {
    Waiter live = new Waiter();
    waiters.add(live);
    for (int i = 0; i < 100_000; i++) {
      Waiter gone = new Waiter();
      gone.done = true;
      waiters.add(gone);
    }

    assertThat(waiters.size()).isLessThan(100);
    waiters.wakeAll();
    assertThat(live.woken).isEqualTo(1);
  }
}
