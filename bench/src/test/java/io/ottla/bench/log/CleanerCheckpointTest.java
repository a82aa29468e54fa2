package io.ottla.bench.log;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CleanerCheckpointTest {

  @TempDir Path data;

  @Test
  void findsThePartitionAmongOthers() throws IOException {
    Files.writeString(
        data.resolve("cleaner-offset-checkpoint"), "0\n3\nkeyed 0 1234\nkeyed 1 9\nkeyed-0 0 7\n");
    assertThat(CleanerCheckpoint.offset(data, "keyed", 0)).isEqualTo(1234);
    assertThat(CleanerCheckpoint.offset(data, "keyed-0", 0)).isEqualTo(7);
    assertThat(CleanerCheckpoint.offset(data, "other", 0)).isEqualTo(-1);
  }

  @Test
  void knowsThatNothingIsCompactedWhenThereIsNoFile() throws IOException {
    assertThat(CleanerCheckpoint.offset(data, "keyed", 0)).isEqualTo(-1);
  }

  @Test
  void passesOverWhatIsNoEntry() {
    assertThat(CleanerCheckpoint.parse("")).isEmpty();
    assertThat(CleanerCheckpoint.parse("0\n1\nkeyed 0 \n")).isEmpty();
    assertThat(CleanerCheckpoint.parse("0\n1\nkeyed 0")).isEmpty();
  }
}
