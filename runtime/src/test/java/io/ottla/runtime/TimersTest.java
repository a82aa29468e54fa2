package io.ottla.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class TimersTest {

  private static final long ORIGIN = Long.valueOf(Long.MAX_VALUE - 10);

  private final Timers timers = new Timers(ORIGIN);
  private final List<String> ran = new ArrayList<>();

  private ShardTask note(String name) {
    return () -> ran.add(name);
  }

  private void runDue(long nowNs) {
    timers.runDue(nowNs, ShardTask::run);
  }

  @Test
  void runsWhatIsDueInTheOrderOfDeadlines() {
    timers.schedule(ORIGIN + 30, note("late"));
    timers.schedule(ORIGIN + 10, note("early"));
    timers.schedule(ORIGIN + 10, note("early too"));

    runDue(ORIGIN + 29);

    assertThat(ran).containsExactly("early", "early too");
  }

  @Test
  void survivesTheClockWrappingAround() {
    timers.schedule(ORIGIN + 30, note("after the wrap"));

    runDue(ORIGIN + 29);
    assertThat(ran).isEmpty();
    runDue(ORIGIN + 30);

    assertThat(ran).containsExactly("after the wrap");
  }

  @Test
  void forgetsACancelledTimer() {
    Timer timer = timers.schedule(ORIGIN + 10, note("cancelled"));
    timer.cancel();

    runDue(ORIGIN + 10);

    assertThat(ran).isEmpty();
    assertThat(timers.nextDeadlineNs()).isEqualTo(Long.MAX_VALUE);
  }

  @Test
  void doesNotCountATimerThatRanAsCancelled() {
    Timer timer = timers.schedule(ORIGIN + 10, note("ran"));
    runDue(ORIGIN + 10);
    timer.cancel();
    timers.schedule(ORIGIN + 20, note("second"));

    assertThat(timers.nextDeadlineNs()).isEqualTo(ORIGIN + 20);
  }

  @Test
  void keepsNoMoreThanTwiceItsLiveTimersOnceThereAreMany() {
    Timer live = timers.schedule(ORIGIN + 1_000_000, note("live"));
    for (int i = 0; i < 10_000; i++) {
      timers.schedule(ORIGIN + 1000 + i, note("cancelled")).cancel();
    }

    assertThat(timers.size()).isLessThan(200);
    live.cancel();
  }

  @Test
  void behavesAsASortedListWhateverTheOrderOfCalls() {
    for (int seed = 0; seed < 50; seed++) {
      Random random = new Random(seed);
      Timers random1 = new Timers(0);
      List<long[]> model = new ArrayList<>();
      List<Timer> handles = new ArrayList<>();
      List<Long> got = new ArrayList<>();
      List<Long> expected = new ArrayList<>();
      long now = 0;
      for (int i = 0; i < 500; i++) {
        switch (random.nextInt(3)) {
          case 0 -> {
            long id = i;
            long deadline = now + random.nextInt(50);
            model.add(new long[] {deadline, id});
            handles.add(random1.schedule(deadline, () -> got.add(id)));
          }
          case 1 -> {
            if (!model.isEmpty()) {
              int victim = random.nextInt(model.size());
              handles.remove(victim).cancel();
              model.remove(victim);
            }
          }
          default -> {
            now += random.nextInt(20);
            long until = now;
            random1.runDue(now, ShardTask::run);
            model.stream()
                .filter(timer -> timer[0] <= until)
                .sorted((a, b) -> Long.compare(a[0], b[0]))
                .forEach(timer -> expected.add(timer[1]));
            for (int k = model.size() - 1; k >= 0; k--) {
              if (model.get(k)[0] <= until) {
                model.remove(k);
                handles.remove(k);
              }
            }
          }
        }
        assertThat(got).as("seed %d, step %d", seed, i).isEqualTo(expected);
      }
    }
  }
}
