package io.ottla.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class ManualShardTest {

  private final ManualClock clock = new ManualClock(1_000);
  private final ManualShard shard = new ManualShard(0, 2, clock);
  private final List<String> ran = new ArrayList<>();

  @Test
  void runsEndOfBatchWorkAfterAllTasksOfTheBatch() {
    shard.offer(
        () -> {
          ran.add("first");
          shard.atEndOfBatch(() -> ran.add("end"));
        });
    shard.offer(() -> ran.add("second"));

    shard.turn();

    assertThat(ran).containsExactly("first", "second", "end");
  }

  @Test
  void runsEndOfBatchWorkThatEndOfBatchWorkAsksFor() {
    shard.offer(() -> shard.atEndOfBatch(() -> shard.atEndOfBatch(() -> ran.add("nested"))));

    shard.turn();

    assertThat(ran).containsExactly("nested");
  }

  @Test
  void refusesOfferedWorkWhenFullButTakesTheBrokersOwn() {
    assertThat(shard.offer(() -> {})).isTrue();
    assertThat(shard.offer(() -> {})).isTrue();
    assertThat(shard.offer(() -> {})).isFalse();

    shard.submit(() -> ran.add("own"));
    shard.turn();

    assertThat(ran).containsExactly("own");
  }

  @Test
  void goesOnAfterATaskThatThrows() {
    shard.offer(
        () -> {
          throw new IllegalStateException("as the test wants");
        });
    shard.offer(() -> ran.add("next"));

    shard.turn();

    assertThat(ran).containsExactly("next");
  }

  @Test
  void runsTimersWhenTheClockHasReachedThem() {
    shard.offer(() -> shard.schedule(50, () -> ran.add("timer")));
    shard.turn();
    clock.advanceMs(49);
    shard.turn();
    assertThat(ran).isEmpty();

    clock.advanceMs(1);
    shard.turn();

    assertThat(ran).containsExactly("timer");
  }
}
