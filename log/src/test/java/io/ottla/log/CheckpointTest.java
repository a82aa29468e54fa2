package io.ottla.log;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Whenever the power is lost, a checkpoint is the old one or the new one. */
class CheckpointTest {

  private static final Path ROOT = Path.of("/memory");
  private static final Path FILE = ROOT.resolve("some-checkpoint");
  private static final List<String> OLD = lines(40, 7);
  private static final List<String> NEW = lines(55, 8);

  private static List<String> lines(int count, int offset) {
    return IntStream.range(0, count).mapToObj(i -> "topic " + i + " " + offset).toList();
  }

  private static MemoryFileSystem diskWithTheOldOne() throws IOException {
    MemoryFileSystem disk = new MemoryFileSystem();
    disk.createDirectory(ROOT);
    new Checkpoint(disk, FILE).write(OLD, true);
    return disk;
  }

  private static List<String> read(MemoryFileSystem disk) throws IOException {
    List<String> lines = new ArrayList<>();
    for (String[] entry : new Checkpoint(disk, FILE).read(3)) {
      lines.add(String.join(" ", entry));
    }
    return lines;
  }

  @Test
  void isWholeWheneverThePowerIsLost() throws IOException {
    long steps = Long.MAX_VALUE;
    for (long kill = 0; kill <= steps; kill++) {
      for (int seed = 0; seed < 20; seed++) {
        MemoryFileSystem disk = diskWithTheOldOne();
        long before = disk.steps();
        disk.killBefore(before + kill);
        boolean done = false;
        try {
          new Checkpoint(disk, FILE).write(NEW, true);
          done = true;
          steps = disk.steps() - before;
        } catch (MemoryFileSystem.Killed e) {
          assertThat(kill).isLessThan(steps);
        }
        disk.losePower(seed == 0 ? null : new Random(seed));
        String what = "killed before step " + kill + ", seed " + seed;
        if (done) {
          assertThat(read(disk)).as(what).isEqualTo(NEW);
        } else {
          assertThat(read(disk)).as(what).isIn(OLD, NEW);
        }
        // What is left of the try does not stand in the way of the next one.
        new Checkpoint(disk, FILE).write(NEW, true);
        assertThat(read(disk)).as(what).isEqualTo(NEW);
      }
    }
    assertThat(steps).isGreaterThan(3);
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10})
  void thatWasNotForcedIsWholeOrNotBelieved(long seed) throws IOException {
    MemoryFileSystem disk = diskWithTheOldOne();
    new Checkpoint(disk, FILE).write(NEW, false);
    disk.losePower(new Random(seed));
    List<String> found;
    try {
      found = new Checkpoint(disk, FILE).read(3) == null ? OLD : read(disk);
    } catch (IOException e) {
      return;
    }
    assertThat(found).isIn(OLD, NEW);
  }
}
