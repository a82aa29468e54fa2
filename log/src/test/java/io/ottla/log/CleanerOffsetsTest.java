package io.ottla.log;

import static org.assertj.core.api.Assertions.assertThat;

import io.ottla.log.cleaner.CompactionConfig;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The checkpoint of what was compacted: whatever is in it, it does no harm. */
class CleanerOffsetsTest {

  private static final Path ROOT = Path.of("/memory");
  private static final CompactionConfig COMPACTION =
      new CompactionConfig(0, 0, Long.MAX_VALUE, Long.MAX_VALUE);
  private static final LogConfig CONFIG =
      LogFixture.SMALL.withCleanupPolicy(false, true).withCompaction(COMPACTION);

  private final MemoryFileSystem disk = new MemoryFileSystem();

  private LogFixture openedWith(String content) throws IOException {
    LogFixture fixture = new LogFixture(ROOT, CONFIG, disk);
    fixture.fillSegments(4);
    fixture.log.onHighWatermark(fixture.log.logEndOffset());
    fixture.closeCleanly();
    disk.writeAll(
        ROOT.resolve("cleaner-offset-checkpoint"), content.getBytes(StandardCharsets.UTF_8), true);
    fixture.open();
    return fixture;
  }

  private static CleanableRange range(LogFixture fixture) throws IOException {
    return CleanableRange.of(
        fixture.log.view(),
        fixture.directory.cleanerOffsets().get(LogFixture.PARTITION),
        COMPACTION,
        fixture.nowMs);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "0",
        "0\n1\n",
        "0\n1\norders 0",
        "0\n2\norders 0 5\n",
        "1\n1\norders 0 5\n",
        "0\n2\norders 0 5\norders 0 5\n",
        "0\n2\norders 0 5\norders 0 6\n",
        "0\n1\norders 0 -5\n",
        "0\n1\norders -1 5\n",
        "0\n1\norders 99999999999 5\n",
        "0\n1\norders 0 99999999999999999999\n",
        "0\n1\norders x 5\n",
        "0\n1\norders 0 5 7\n",
        "\0\0\0\0\0\0\0\0"
      })
  void oneThatMakesNoSenseIsNotUsed(String content) throws IOException {
    try (LogFixture fixture = openedWith(content)) {
      assertThat(fixture.directory.cleanerOffsets().get(LogFixture.PARTITION)).isEqualTo(-1);
      assertThat(range(fixture).firstDirty()).isZero();
    }
  }

  @ParameterizedTest
  @ValueSource(longs = {1_000_000, Long.MAX_VALUE})
  void oneFromTheFutureLeavesAllToDo(long offset) throws IOException {
    try (LogFixture fixture = openedWith("0\n1\norders 0 " + offset + "\n")) {
      assertThat(range(fixture).firstDirty()).isZero();
      assertThat(range(fixture).dirtyBytes()).isPositive();
    }
  }

  @Test
  void oneThatIsRightIsUsed() throws IOException {
    try (LogFixture fixture = openedWith("0\n2\nothers 3 9\norders 0 5\n")) {
      assertThat(range(fixture).firstDirty()).isEqualTo(5);
    }
  }
}
