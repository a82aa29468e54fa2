package io.ottla.log;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** An epoch is known from when it begins, and written down with its first record. */
class AnnouncedEpochTest {

  @TempDir Path root;
  private LogFixture fixture;

  @BeforeEach
  void open() {
    fixture = new LogFixture(root, LogConfig.defaults());
  }

  @AfterEach
  void close() {
    fixture.close();
  }

  private void lead(int epoch) {
    fixture.leaderEpoch = epoch;
    fixture.log.assignLeaderEpoch(epoch);
  }

  private String file() throws IOException {
    Path file = fixture.partitionPath().resolve(SegmentFiles.LEADER_EPOCHS);
    return Files.exists(file) ? Files.readString(file) : "";
  }

  @Test
  void whoAsksIsToldOfAnEpochThatHasNoRecords() throws IOException {
    lead(3);
    fixture.append(2);
    lead(5);
    assertThat(fixture.log.leaderEpochs().latest()).isEqualTo(5);
    assertThat(fixture.log.view().endOffsetForEpoch(5)).isEqualTo(new EpochEndOffset(5, 2));
    assertThat(fixture.log.view().endOffsetForEpoch(3)).isEqualTo(new EpochEndOffset(3, 2));
    assertThat(fixture.log.leaderEpochs()).hasToString("[3@0, 5@2]");
    assertThat(file()).isEqualTo("0\n1\n3 0\n");
    fixture.append(1);
    assertThat(file()).isEqualTo("0\n2\n3 0\n5 2\n");
  }

  @Test
  void aNewLogHasNoFileOfEpochsBeforeItHasRecords() throws IOException {
    lead(0);
    assertThat(file()).isEmpty();
    fixture.append(1);
    assertThat(file()).isEqualTo("0\n1\n0 0\n");
  }

  @Test
  void epochsWithoutRecordsGiveWayToTheNext() throws IOException {
    lead(1);
    fixture.append(2);
    lead(2);
    lead(3);
    assertThat(fixture.log.leaderEpochs()).hasToString("[1@0, 3@2]");
    fixture.append(1);
    assertThat(file()).isEqualTo("0\n2\n1 0\n3 2\n");
  }

  @Test
  void aCrashTakesNothingThatOpeningTheLogWouldKeep() throws IOException {
    lead(1);
    fixture.append(2);
    LogFlusherTest.force(fixture.log);
    fixture.directory.checkpointRecoveryPoints();
    lead(4);
    fixture.reopenAfterCrash();
    assertThat(fixture.log.leaderEpochs()).hasToString("[1@0]");
    // What a leader of epoch 4 wrote elsewhere ends there; this one never claims to have it.
    assertThat(fixture.log.view().endOffsetForEpoch(4)).isEqualTo(EpochEndOffset.UNDEFINED);
    lead(5);
    fixture.append(1);
    fixture.reopenAfterCrash();
    assertThat(fixture.log.leaderEpochs()).hasToString("[1@0, 5@2]");
  }

  @Test
  void isNotForcedWithTheRecordsOfEarlierEpochs() throws IOException {
    lead(1);
    fixture.append(2);
    lead(2);
    LogFlusherTest.force(fixture.log);
    assertThat(file()).isEqualTo("0\n1\n1 0\n");
    assertThat(fixture.log.leaderEpochs().latest()).isEqualTo(2);
  }

  @Test
  void isCutWithTheLogAndWrittenWithTheRecordsThatFollow() throws IOException {
    lead(1);
    fixture.append(1);
    fixture.append(1);
    lead(2);
    fixture.log.truncateTo(1);
    assertThat(fixture.log.leaderEpochs()).hasToString("[1@0]");
    lead(3);
    fixture.log.truncateTo(1);
    assertThat(fixture.log.leaderEpochs()).hasToString("[1@0]");
    lead(4);
    fixture.append(1);
    assertThat(file()).isEqualTo("0\n2\n1 0\n4 1\n");
  }

  @Test
  void aLogThatIsOpenedAndClosedAgainKeepsItsFileAsItIs() throws IOException {
    lead(1);
    fixture.append(2);
    fixture.reopenCleanly();
    Path file = fixture.partitionPath().resolve(SegmentFiles.LEADER_EPOCHS);
    Object before = Files.readAttributes(file, "unix:ino").get("ino");
    lead(2);
    fixture.closeCleanly();
    assertThat(Files.readAttributes(file, "unix:ino").get("ino")).isEqualTo(before);
    fixture.open();
    assertThat(fixture.log.leaderEpochs()).hasToString("[1@0]");
  }
}
