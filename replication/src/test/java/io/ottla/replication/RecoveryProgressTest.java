package io.ottla.replication;

import static org.assertj.core.api.Assertions.assertThat;

import io.ottla.log.LogFlusher;
import io.ottla.log.RecoveryReport;
import io.ottla.runtime.ManualClock;
import io.ottla.wire.TopicPartition;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class RecoveryProgressTest {

  private static final TopicPartition PARTITION = new TopicPartition("orders", 0);

  private final ManualClock clock = new ManualClock(0);
  private final RecoveryProgress progress = new RecoveryProgress(clock);

  @Test
  void tellsHowFarItIsAndHowLongItWillTake() {
    for (int i = 0; i < 4; i++) {
      progress.onBegin();
    }
    assertThat(progress.state().remainingMs()).isEqualTo(-1);
    clock.advanceMs(2_000);
    progress.onSegment(PARTITION, 1, 1, 10_000_000);
    progress.onOpened(new RecoveryReport(false, 1, 10_000_000, 7));

    RecoveryProgress.State state = progress.state();

    assertThat(state.isDone()).isFalse();
    assertThat(state.bytesPerSecond()).isEqualTo(5_000_000);
    assertThat(state.remainingMs()).isEqualTo(6_000);
    assertThat(state)
        .hasToString(
            "1 of 4 partitions open (1 not closed properly, 0 offline), 10.0 MB checked, 5.0 MB/s,"
                + " about 6 s to go");

    progress.onFailed();
    progress.onOpened(new RecoveryReport(true, 0, 0, 0));
    progress.onOpened(new RecoveryReport(true, 0, 0, 0));
    clock.advanceMs(500);
    assertThat(progress.state().isDone()).isTrue();
    assertThat(progress.state().failed()).isEqualTo(1);
    assertThat(progress.state().cutBytes()).isEqualTo(7);
    assertThat(progress.state().elapsedMs()).isEqualTo(2_000);
  }

  @Test
  void countsAnewWhenAllWasDone() {
    progress.onBegin();
    progress.onFailed();
    progress.onBegin();
    assertThat(progress.state().total()).isEqualTo(1);
    assertThat(progress.state().failed()).isZero();
  }

  @Test
  void letsNoDirectoryWaitForAnother() {
    LogFlusher flusher = new LogFlusher(Runnable::run, () -> 0);
    LogDirectories.Place slow = new LogDirectories.Place(null, flusher);
    LogDirectories.Place quick =
        new LogDirectories.Place(null, new LogFlusher(Runnable::run, () -> 0));
    OpeningQueue queue = new OpeningQueue();
    List<String> ran = new ArrayList<>();
    queue.add(
        slow,
        () -> {
          ran.add("slow 1");
          // While this one takes its time, others come.
          queue.runOne();
          queue.runOne();
        });
    queue.add(slow, () -> ran.add("slow 2"));
    queue.runOne();
    queue.add(quick, () -> ran.add("quick 1"));
    queue.runOne();
    assertThat(ran).containsExactly("slow 1", "slow 2", "quick 1");

    ran.clear();
    queue.add(
        slow,
        () -> {
          queue.add(quick, () -> ran.add("quick"));
          queue.runOne();
          ran.add("slow 1");
        });
    queue.add(slow, () -> ran.add("slow 2"));
    queue.runOne();
    queue.runOne();
    assertThat(ran).containsExactly("quick", "slow 1", "slow 2");
  }
}
