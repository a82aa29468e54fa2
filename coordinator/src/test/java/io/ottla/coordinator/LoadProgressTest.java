package io.ottla.coordinator;

import static org.assertj.core.api.Assertions.assertThat;

import io.ottla.wire.TopicPartition;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What is said of a load. */
class LoadProgressTest {

  private static final long SECOND_NS = TimeUnit.SECONDS.toNanos(1);

  private final LoggedLines log = new LoggedLines(LoadProgress.class.getName());
  private final LoadProgress progress =
      new LoadProgress(new TopicPartition("__consumer_offsets", 3), -SECOND_NS);

  @AfterEach
  void closeLog() {
    log.close();
  }

  @Test
  void aQuickLoadIsNotWorthALine() {
    progress.startsAt(0);
    progress.onChunk(100, 1_000, 100, 100, -SECOND_NS / 2);
    progress.onLoaded(100, -SECOND_NS / 3);

    assertThat(log.lines()).isEmpty();
  }

  @Test
  void aLongLoadSaysEveryFewSecondsHowFarItIs() {
    progress.startsAt(1_000);
    for (int i = 1; i <= 12; i++) {
      progress.onChunk(10_000, 5_000_000, 1_000 + i * 10_000, 201_000, (i - 1) * SECOND_NS);
    }
    progress.onLoaded(121_000, 12 * SECOND_NS);

    assertThat(log.lines())
        .containsExactly(
            "INFO Loading __consumer_offsets-3: 25% of its offsets, 50000 records, 25 MB"
                + " (5000 kB/s); its groups wait meanwhile",
            "INFO Loading __consumer_offsets-3: 50% of its offsets, 100000 records, 50 MB"
                + " (5000 kB/s); its groups wait meanwhile",
            "INFO Loaded __consumer_offsets-3 in 13000 ms: 120000 records, 60 MB (4615 kB/s), up"
                + " to offset 121000");
  }
}
