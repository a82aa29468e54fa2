package io.ottla.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
class RingShardTest {

  private final RingShard shard = new RingShard(3, 16, 0, Clock.system()).start();

  @AfterEach
  void stop() {
    shard.close();
  }

  private void await(CountDownLatch latch) throws InterruptedException {
    assertThat(latch.await(20, TimeUnit.SECONDS)).isTrue();
  }

  @Test
  void runsTasksOfOneThreadInOrderOnItsOwnThread() throws Exception {
    List<Integer> ran = new ArrayList<>();
    CountDownLatch done = new CountDownLatch(1);
    for (int i = 0; i < 10_000; i++) {
      int number = i;
      while (!shard.offer(
          () -> {
            assertThat(shard.isOnShardThread()).isTrue();
            ran.add(number);
          })) {
        Thread.onSpinWait();
      }
    }
    shard.submit(done::countDown);
    await(done);

    assertThat(ran).hasSize(10_000).isSorted();
    assertThat(shard.isOnShardThread()).isFalse();
  }

  @Test
  void keepsRoomForTheBrokersOwnWorkWhenClientsFillTheRing() throws Exception {
    CountDownLatch hold = new CountDownLatch(1);
    shard.submit(() -> awaitQuietly(hold));
    int accepted = 0;
    while (shard.offer(() -> {})) {
      accepted++;
    }
    assertThat(accepted).isLessThan(16);

    CountDownLatch own = new CountDownLatch(200);
    for (int i = 0; i < 200; i++) {
      shard.submit(own::countDown); // more than the ring holds: never refused, never blocks
    }
    hold.countDown();
    await(own);
  }

  @Test
  void keepsTheOrderOfSubmittedWorkThroughOverflow() throws Exception {
    CountDownLatch hold = new CountDownLatch(1);
    CountDownLatch done = new CountDownLatch(1);
    List<Integer> ran = new ArrayList<>();
    shard.submit(() -> awaitQuietly(hold));
    for (int i = 0; i < 1_000; i++) {
      int number = i;
      shard.submit(() -> ran.add(number));
      if (i == 500) {
        hold.countDown();
      }
    }
    shard.submit(done::countDown);
    await(done);

    assertThat(ran).hasSize(1_000).isSorted();
  }

  @Test
  void wakesFromItsSleepForATimer() throws Exception {
    CompletableFuture<Long> late = new CompletableFuture<>();
    long begin = System.nanoTime();
    shard.submit(() -> shard.schedule(30, () -> late.complete(System.nanoTime() - begin)));

    assertThat(late.get(20, TimeUnit.SECONDS))
        .isGreaterThanOrEqualTo(TimeUnit.MILLISECONDS.toNanos(30));
  }

  @Test
  void neverLosesAWakeUp() throws Exception {
    // One task at a time: each finds the thread parked or about to park.
    for (int i = 0; i < 20_000; i++) {
      CountDownLatch ran = new CountDownLatch(1);
      shard.submit(ran::countDown);
      await(ran);
    }
  }

  private static void awaitQuietly(CountDownLatch latch) {
    try {
      assertThat(latch.await(20, TimeUnit.SECONDS)).isTrue();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
