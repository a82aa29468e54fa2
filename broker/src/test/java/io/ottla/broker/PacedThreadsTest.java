package io.ottla.broker;

import static org.assertj.core.api.Assertions.assertThat;

import io.ottla.log.cleaner.CleaningPace;
import io.ottla.runtime.Clock;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class PacedThreadsTest {

  private static final long PATIENCE_NS = TimeUnit.SECONDS.toNanos(20);

  /** Counts its steps; what it does in one and says of itself can be changed. */
  private static final class Work implements PacedWork {

    private final AtomicInteger steps = new AtomicInteger();
    private final AtomicInteger failures = new AtomicInteger();
    private final Set<String> seen = ConcurrentHashMap.newKeySet();
    private volatile int threads = 1;
    private volatile double rate = Double.MAX_VALUE;
    private volatile long bytes;
    private volatile long pauseNs = UNTIL_WOKEN;

    @Override
    public int threads() {
      if (failures.getAndUpdate(left -> Math.max(0, left - 1)) > 0) {
        throw new IllegalStateException("not to be read");
      }
      return threads;
    }

    @Override
    public double maxBytesPerSecond() {
      return rate;
    }

    @Override
    public long step(CleaningPace pace) {
      if (bytes > 0) {
        pace.spend(bytes);
      }
      seen.add(Thread.currentThread().getName());
      steps.incrementAndGet();
      return pauseNs;
    }
  }

  private final Work work = new Work();
  private final PacedThreads threads = new PacedThreads("paced-test", work, Clock.system());

  @AfterEach
  void end() {
    threads.close();
  }

  private static void await(String what, BooleanSupplier isSo) {
    long endNs = System.nanoTime() + PATIENCE_NS;
    while (!isSo.getAsBoolean()) {
      assertThat(System.nanoTime()).as("too late: %s", what).isLessThan(endNs);
      Thread.onSpinWait();
    }
  }

  private static long alive() {
    return Thread.getAllStackTraces().keySet().stream()
        .filter(thread -> thread.getName().startsWith("paced-test-"))
        .count();
  }

  @Test
  void doesNothingUntilItIsWokenAndOneStepForEachTime() {
    assertThat(alive()).isZero();
    threads.wake();
    await("the first step", () -> work.steps.get() == 1);
    threads.wake();
    await("the second step", () -> work.steps.get() == 2);
    assertThat(work.seen).containsExactly("paced-test-0");
  }

  @Test
  void hasAsManyThreadsAsTheWorkWantsAtTheMoment() {
    work.pauseNs = 1;
    work.threads = 3;
    threads.wake();
    await("three threads", () -> work.seen.size() == 3);
    work.threads = 1;
    await("two of them end", () -> alive() == 1);
    work.seen.clear();
    work.threads = 2;
    await("a second one", () -> work.seen.size() == 2);
  }

  @Test
  void goesOnWhenTheWorkCannotSayWhatItWants() {
    work.failures.set(1);
    threads.wake();
    await("a step", () -> work.steps.get() == 1);
  }

  @Test
  void waitsAsTheRateWantsItAndEndsAllTheSame() {
    work.pauseNs = 0;
    work.bytes = 1_000_000;
    work.rate = 1;
    threads.wake();
    await("a thread that waits", () -> alive() == 1);
    assertThat(work.steps).hasValue(0);
    threads.close();
    assertThat(work.steps).hasValue(0);
    assertThat(alive()).isZero();
  }

  @Test
  void endsThoughItWouldWaitForEver() {
    threads.wake();
    await("the first step", () -> work.steps.get() == 1);
    threads.close();
    assertThat(alive()).isZero();
    threads.wake();
    assertThat(alive()).isZero();
  }
}
