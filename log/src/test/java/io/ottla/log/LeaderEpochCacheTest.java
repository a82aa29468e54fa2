package io.ottla.log;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Random;
import org.junit.jupiter.api.Test;

class LeaderEpochCacheTest {

  private static final int SEEDS = 50;

  /** The file was written anew since it was forced, though it says the same again. */
  @Test
  void epochsThatAreBackToWhatWasForcedOnceSurviveALossOfPower() throws IOException {
    for (int seed = 0; seed < SEEDS; seed++) {
      MemoryFileSystem disk = new MemoryFileSystem();
      Path logs = Path.of("/logs");
      Path directory = logs.resolve("orders-0");
      disk.createDirectory(logs);
      disk.createDirectory(directory);
      disk.forceDirectory(Path.of("/"));
      disk.forceDirectory(logs);
      LeaderEpochCache epochs = LeaderEpochCache.empty(disk, directory);
      epochs.assign(1, 0);
      epochs.force();
      epochs.assign(2, 5);
      epochs.truncateFromEnd(5);
      epochs.force();

      disk.losePower(new Random(seed));
      assertThat(LeaderEpochCache.read(disk, directory).current())
          .as("seed %d", seed)
          .hasToString("[1@0]");
    }
  }
}
