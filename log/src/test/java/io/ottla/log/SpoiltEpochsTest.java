package io.ottla.log;

import static io.ottla.log.PartitionLogTest.is;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ottla.wire.ErrorCode;
import io.ottla.wire.record.BatchHeader;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Logs whose leader epochs, in their file or in a batch, have a wrong bit after a crash. */
class SpoiltEpochsTest {

  @TempDir Path root;
  private LogFixture fixture;

  @BeforeEach
  void open() {
    fixture = new LogFixture(root, LogFixture.SMALL);
  }

  @AfterEach
  void close() {
    fixture.close();
  }

  @Test
  void aFileWithALaterEpochThanForcedRecordsIsWrittenAnew() throws IOException {
    fixture.fillSegments(3);
    force();
    fixture.append(1);
    expectAllAfterACrashWith("0 0\n", "1 0\n", "[0@0]");
  }

  @Test
  void aFileWithALaterEpochThanForcedRecordsCostsNoneThatWereNot() throws IOException {
    fixture.append(3);
    force();
    fixture.append(3);
    expectAllAfterACrashWith("0 0\n", "4 0\n", "[0@0]");
  }

  @Test
  void aFileWithAnEpochThatBeginsTooEarlyIsWrittenAnew() throws IOException {
    fixture.append(6);
    fixture.leaderEpoch = 1;
    fixture.append(1);
    force();
    fixture.append(3);
    expectAllAfterACrashWith("1 6\n", "1 2\n", "[0@0, 1@6]");
  }

  @Test
  void forcedRecordsOfAnEarlierEpochThanThoseBeforeAreNotBelieved() throws IOException {
    fixture.leaderEpoch = 5;
    fixture.append(3);
    fixture.append(3);
    force();
    fixture.crash();
    Path log = SegmentFiles.path(fixture.partitionPath(), 0, SegmentFiles.LOG);
    ByteBuffer bytes = ByteBuffer.wrap(Files.readAllBytes(log));
    int second = BatchHeader.LOG_OVERHEAD + bytes.getInt(BatchHeader.LENGTH);
    bytes.putInt(second + BatchHeader.PARTITION_LEADER_EPOCH, 4);
    Files.write(log, bytes.array());

    assertThatThrownBy(() -> fixture.open())
        .satisfies(is(ErrorCode.KAFKA_STORAGE_ERROR))
        .hasMessageContaining("leader epoch 4 comes after a later one")
        .hasMessageContaining("Nothing was cut off");
    assertThat(Files.readAllBytes(log)).isEqualTo(bytes.array());
  }

  private void force() throws IOException {
    LogFlusherTest.force(fixture.log);
    fixture.directory.checkpointRecoveryPoints();
  }

  private void expectAllAfterACrashWith(String right, String wrong, String epochs)
      throws IOException {
    List<byte[]> before = LogFixture.batches(fixture.log.view());
    fixture.crash();
    Path file = fixture.partitionPath().resolve(SegmentFiles.LEADER_EPOCHS);
    assertThat(Files.readString(file)).contains(right);
    Files.writeString(file, Files.readString(file).replace(right, wrong));

    fixture.open();

    assertThat(LogFixture.batches(fixture.log.view())).containsExactlyElementsOf(before);
    assertThat(fixture.log.leaderEpochs()).hasToString(epochs);
  }
}
