package io.ottla.log;

import static io.ottla.log.PartitionLogTest.is;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ottla.wire.ErrorCode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DiskFailureTest {

  @TempDir Path root;
  private final FaultyFileSystem disk = new FaultyFileSystem();
  private LogFixture fixture;

  @BeforeEach
  void open() {
    fixture = new LogFixture(root, LogFixture.SMALL, disk);
    fixture.append(2);
  }

  @AfterEach
  void close() {
    disk.truncateFails = false;
    fixture.close();
  }

  @Test
  void leavesNothingOfAWriteThatStopsHalfWay() throws IOException {
    disk.bytesLeft = 30;
    assertThatThrownBy(() -> fixture.append(3)).satisfies(is(ErrorCode.KAFKA_STORAGE_ERROR));
    assertThat(fixture.log.logEndOffset()).isEqualTo(2);
    assertThat(fixture.log.view().logEndOffset()).isEqualTo(2);

    // There is room again: the log goes on as if nothing had been.
    disk.bytesLeft = Long.MAX_VALUE;
    assertThat(fixture.append(3).baseOffset()).isEqualTo(2);
    assertThat(LogFixture.ranges(fixture.log.view())).containsExactly("0-1", "2-4");
    fixture.reopenAfterCrash();
    assertThat(LogFixture.ranges(fixture.log.view())).containsExactly("0-1", "2-4");
    assertThat(fixture.log.recoveryReport().bytesCut()).isZero();
  }

  @Test
  void takesAProducersBatchAgainAfterAFailedWrite() {
    fixture.append(TestBatches.idempotent(4, 0, 0, 1, 1));
    disk.bytesLeft = 10;
    assertThatThrownBy(() -> fixture.append(TestBatches.idempotent(4, 0, 1, 1, 1)))
        .isInstanceOf(LogException.class);
    disk.bytesLeft = Long.MAX_VALUE;

    AppendResult again = fixture.append(TestBatches.idempotent(4, 0, 1, 1, 1));

    assertThat(again.duplicate()).isFalse();
    assertThat(again.baseOffset()).isEqualTo(3);
  }

  @Test
  void takesNoMoreAppendsIfAFailedWriteCannotBeTakenBack() throws IOException {
    disk.bytesLeft = 30;
    disk.truncateFails = true;
    assertThatThrownBy(() -> fixture.append(3)).satisfies(is(ErrorCode.KAFKA_STORAGE_ERROR));
    disk.bytesLeft = Long.MAX_VALUE;
    disk.truncateFails = false;

    assertThatThrownBy(() -> fixture.append(1)).satisfies(is(ErrorCode.KAFKA_STORAGE_ERROR));
    assertThat(fixture.log.failure()).isNotNull();
    // Reads go on, and the next start finds the end.
    assertThat(LogFixture.ranges(fixture.log.view())).containsExactly("0-1");
    fixture.log.close();
    fixture.directory.closeCleanly(1);
    fixture.open();
    assertThat(fixture.directory.wasClosedCleanly()).isFalse();
    assertThat(fixture.log.recoveryReport().bytesCut()).isEqualTo(30);
    assertThat(LogFixture.ranges(fixture.log.view())).containsExactly("0-1");
    assertThat(fixture.append(1).baseOffset()).isEqualTo(2);
  }

  @Test
  void goesOnInTheOldSegmentIfANewOneCannotBeMade() throws IOException {
    while (fixture.log.view().sizeInBytes() < 1024 - 80) {
      fixture.append(1);
    }
    long end = fixture.log.logEndOffset();
    disk.createFails = true;
    assertThatThrownBy(() -> fixture.append(10)).satisfies(is(ErrorCode.KAFKA_STORAGE_ERROR));
    assertThat(fixture.log.view().segmentCount()).isEqualTo(1);

    disk.createFails = false;
    assertThat(fixture.append(10).baseOffset()).isEqualTo(end);
    assertThat(fixture.log.view().segmentCount()).isEqualTo(2);
  }

  @Test
  void takesNoMoreAppendsAfterAFailedForce() {
    disk.forceFails = true;
    LogFlusher flusher = new LogFlusher(Runnable::run, () -> 0L);
    flusher.request(
        fixture.log,
        new LogFlusher.Callback() {
          @Override
          public void onForced(LogFlusher.Forced forced) {
            throw new AssertionError("was not forced");
          }

          @Override
          public void onForceFailed(LogException cause) {
            fixture.log.onForceFailed(cause);
          }
        });

    assertThatThrownBy(() -> fixture.append(1)).satisfies(is(ErrorCode.KAFKA_STORAGE_ERROR));
    assertThat(fixture.log.recoveryPoint()).isZero();
  }

  @Test
  void takesNoMoreAppendsIfAnAbortCannotBeEntered() throws IOException {
    fixture.append(TestBatches.transactional(5, 0, 0, 1, 1));
    fixture.log.onHighWatermark(3);
    disk.transactionIndexFails = true;
    assertThatThrownBy(() -> fixture.appendMarker(TestBatches.marker(5, 0, false, 0, 1)))
        .satisfies(is(ErrorCode.KAFKA_STORAGE_ERROR));
    assertThatThrownBy(() -> fixture.append(1)).satisfies(is(ErrorCode.KAFKA_STORAGE_ERROR));
    // Until it is known where the transaction ends, its records are not stable.
    fixture.log.onHighWatermark(4);
    assertThat(fixture.log.view().lastStableOffset()).isEqualTo(2);
    assertThat(LogFixture.ranges(fixture.log.view())).containsExactly("0-1", "2-2");

    disk.transactionIndexFails = false;
    fixture.reopenAfterCrash();
    fixture.appendMarker(TestBatches.marker(5, 0, false, 0, 1));
    assertThat(fixture.log.view().abortedTransactions(0, 10))
        .isEqualTo(List.of(new AbortedTransaction(5, 2, 3, 4)));
  }

  @Test
  void refusesAppendsBeforeTheDiskIsFull() {
    disk.usableBytes = 99;
    assertThat(fixture.directory.checkSpace(100)).isFalse();
    assertThatThrownBy(() -> fixture.append(1))
        .satisfies(is(ErrorCode.KAFKA_STORAGE_ERROR))
        .hasMessageContaining("no space left in " + root);
    disk.usableBytes = 100;
    assertThat(fixture.directory.checkSpace(100)).isTrue();
    fixture.append(1);
  }

  @Test
  void isOpenedOnceItsHighWatermarkCanBeTakenBackAndNotBefore() throws IOException {
    fixture.log.onHighWatermark(2);
    fixture.directory.checkpointHighWatermarks();
    fixture.crash();
    Files.write(SegmentFiles.path(fixture.partitionPath(), 0, SegmentFiles.LOG), new byte[0]);
    fixture.directory = LogDirectory.open(disk, root);
    disk.writeAllFails = true;
    for (int i = 0; i < 2; i++) {
      assertThatThrownBy(this::openAgain).satisfies(is(ErrorCode.KAFKA_STORAGE_ERROR));
      assertThat(fixture.directory.logs()).isEmpty();
    }

    disk.writeAllFails = false;
    fixture.log = openAgain();

    assertThat(fixture.log.highWatermark()).isZero();
    fixture.append(2);
    fixture.reopenAfterCrash();
    assertThat(fixture.log.highWatermark()).as("nobody has said that these count").isZero();
  }

  private PartitionLog openAgain() {
    return PartitionLog.open(
        fixture.directory,
        LogFixture.PARTITION,
        LogFixture.TOPIC_ID,
        fixture.config,
        fixture.nowMs);
  }
}
