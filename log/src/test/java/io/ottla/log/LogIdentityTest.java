package io.ottla.log;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ottla.wire.Uuid;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Random;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Whose a log is, through losses of power and damage. */
class LogIdentityTest {

  private static final Uuid ANOTHER = new Uuid(8, 12);

  private final MemoryFileSystem disk = new MemoryFileSystem();
  private final LogFixture fixture = new LogFixture(Path.of("/memory"), LogFixture.SMALL, disk);

  private Path file() {
    return fixture.partitionPath().resolve(SegmentFiles.PARTITION_METADATA);
  }

  private void open(Uuid topicId) {
    LogDirectory directory = LogDirectory.open(disk, fixture.root);
    try {
      fixture.log =
          PartitionLog.open(
              directory, LogFixture.PARTITION, topicId, fixture.config, fixture.nowMs);
      fixture.directory = directory;
    } finally {
      if (fixture.log == null) {
        directory.close();
      }
    }
  }

  @Test
  void aLogOfWhichNothingWasForcedIsGivenItsIdAgainWhateverIsLeft() throws IOException {
    TreeSet<Integer> sizes = new TreeSet<>();
    for (long seed = 1; seed <= 60; seed++) {
      MemoryFileSystem lost = new MemoryFileSystem();
      LogFixture created = new LogFixture(Path.of("/memory"), LogFixture.SMALL, lost);
      created.crash();
      lost.losePower(new Random(seed));
      Path left = created.partitionPath().resolve(SegmentFiles.PARTITION_METADATA);
      sizes.add(lost.exists(left) ? lost.readAll(left).length : -1);
      created.open();
      assertThat(PartitionMetadata.read(lost, created.partitionPath()))
          .as("seed %s", seed)
          .isEqualTo(LogFixture.TOPIC_ID);
    }
    assertThat(sizes).as("no file, an empty one, a whole or zeroed one").hasSize(3);
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
  void aLogOfWhichSomethingWasForcedIsItsTopics(long seed) {
    fixture.append(3);
    LogFlusherTest.force(fixture.log);
    fixture.crash();
    disk.losePower(new Random(seed));
    assertThatThrownBy(() -> open(ANOTHER)).hasMessageContaining("belongs to topic id");
    open(LogFixture.TOPIC_ID);
    assertThat(fixture.log.logEndOffset()).isEqualTo(3);
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
  void aLogThatWasClosedProperlyIsItsTopics(long seed) {
    fixture.append(3);
    fixture.closeCleanly();
    disk.losePower(new Random(seed));
    assertThatThrownBy(() -> open(ANOTHER)).hasMessageContaining("belongs to topic id");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "version: 0\ntopic_id: AAAAAAAAAAc", "version: 0\n\0\0\0\0\0\0"})
  void aTornFileOfALogWithForcedRecordsIsDamage(String text) throws IOException {
    fixture.append(3);
    fixture.closeCleanly();
    disk.writeAll(file(), text.getBytes(StandardCharsets.UTF_8), true);
    assertThatThrownBy(() -> open(LogFixture.TOPIC_ID)).hasStackTraceContaining("is damaged");
  }

  @Test
  void aFileThatSaysSomethingElseIsDamage() throws IOException {
    fixture.closeCleanly();
    disk.writeAll(file(), "version: 0\nname: orders".getBytes(StandardCharsets.UTF_8), true);
    assertThatThrownBy(() -> open(LogFixture.TOPIC_ID)).hasStackTraceContaining("no topic id");
  }
}
