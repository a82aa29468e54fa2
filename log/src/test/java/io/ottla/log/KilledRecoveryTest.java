package io.ottla.log;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/**
 * Recovery killed before each change it makes to the disk, with and without a loss of power: the
 * next one comes to the same end.
 */
class KilledRecoveryTest {

  private static final Path ROOT = Path.of("/memory");
  private static final LogConfig CONFIG =
      LogConfig.defaults().withSegmentBytes(700).withIndex(120, 240).withFileDeleteDelayMs(0);

  @Test
  void comesToTheSameEndWheneverItIsKilled() throws IOException {
    List<byte[]> expected = null;
    long changes = Long.MAX_VALUE;
    for (long killAt = -1; killAt < changes; killAt++) {
      for (boolean powerLost : new boolean[] {false, true}) {
        MemoryFileSystem disk = new MemoryFileSystem();
        long forced = makeTorn(disk);
        long before = disk.steps();
        disk.killBefore(killAt < 0 ? Long.MAX_VALUE : before + killAt);
        try {
          LogFixture first = new LogFixture(ROOT, CONFIG, disk);
          expected = expected == null ? LogFixture.batches(first.log.view()) : expected;
          changes = disk.steps() - before;
          first.close();
          assertThat(killAt).isEqualTo(-1);
        } catch (MemoryFileSystem.Killed e) {
          // As it should be.
        }
        disk.revive();
        if (powerLost) {
          disk.losePower(new Random(killAt));
        }
        try (LogFixture second = new LogFixture(ROOT, CONFIG, disk)) {
          String what = "killed before change " + killAt + (powerLost ? ", power lost" : "");
          List<byte[]> found = LogFixture.batches(second.log.view());
          assertThat(second.log.logEndOffset()).as(what).isGreaterThanOrEqualTo(forced);
          if (!powerLost) {
            assertThat(found).as(what).hasSameSizeAs(expected);
          }
          for (int i = 0; i < found.size(); i++) {
            assertThat(found.get(i)).as(what).isEqualTo(expected.get(i));
          }
          second.append(1);
        }
      }
    }
    assertThat(changes).isGreaterThan(15);
  }

  /** A log of several segments, killed; the last one is torn. Returns up to where it is forced. */
  private static long makeTorn(MemoryFileSystem disk) throws IOException {
    LogFixture fixture = new LogFixture(ROOT, CONFIG, disk);
    fixture.directory.checkpointRecoveryPoints();
    for (int i = 0; i < 40; i++) {
      fixture.leaderEpoch = i / 9;
      fixture.append(
          i % 3 == 0
              ? TestBatches.idempotent(4, 0, i / 3, 1, fixture.nowMs + i)
              : TestBatches.records(fixture.nowMs + i, 1));
      if (i == 12) {
        LogFlusherTest.force(fixture.log);
        fixture.directory.checkpointRecoveryPoints();
      }
    }
    long forced = fixture.log.recoveryPoint();
    Path last = fixture.log.view().segments().active().path(SegmentFiles.LOG);
    fixture.crash();
    byte[] content = disk.readAll(last);
    disk.writeAll(last, Arrays.copyOf(content, content.length - 7), false);
    return forced;
  }
}
