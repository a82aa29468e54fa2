package io.ottla.log;

import static io.ottla.log.PartitionLogTest.is;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.ottla.wire.ErrorCode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LogTruncationTest {

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
  void cutsBeforeTheBatchThatHoldsTheOffset() throws IOException {
    fixture.append(3);
    fixture.append(3);
    fixture.append(3);

    fixture.log.truncateTo(4);

    assertThat(fixture.log.logEndOffset()).isEqualTo(3);
    assertThat(LogFixture.ranges(fixture.log.view())).containsExactly("0-2");
    assertThat(fixture.append(1).baseOffset()).isEqualTo(3);
    fixture.reopenAfterCrash();
    assertThat(LogFixture.ranges(fixture.log.view())).containsExactly("0-2", "3-3");
  }

  @Test
  void cutsThroughSegments() throws IOException {
    fixture.fillSegments(5);
    LogView before = fixture.log.view();
    long offset = before.segments().get(2).baseOffset() + 3;
    List<String> kept = LogFixture.ranges(before).subList(0, (int) offset);

    fixture.log.truncateTo(offset);

    assertThat(fixture.log.view().segmentCount()).isEqualTo(3);
    assertThat(LogFixture.ranges(fixture.log.view())).isEqualTo(kept);
    fixture.directory.deleteDue(0);
    fixture.fillSegments(4);
    assertThat(LogFixture.ranges(fixture.log.view())).hasSize((int) fixture.log.logEndOffset());
    fixture.reopenCleanly();
    assertThat(LogFixture.ranges(fixture.log.view())).hasSize((int) fixture.log.logEndOffset());
  }

  @Test
  void leavesAnEmptySegmentIfCutAtItsStart() {
    fixture.fillSegments(3);
    long base = fixture.log.view().segments().get(1).baseOffset();

    fixture.log.truncateTo(base);

    assertThat(fixture.log.view().segmentCount()).isEqualTo(2);
    assertThat(fixture.log.logEndOffset()).isEqualTo(base);
    assertThat(fixture.append(1).baseOffset()).isEqualTo(base);
  }

  @Test
  void doesNothingAtTheEndButForgetsEpochsWithoutRecords() {
    fixture.leaderEpoch = 1;
    fixture.append(3);
    fixture.log.assignLeaderEpoch(2);
    assertThat(fixture.log.leaderEpochs()).hasToString("[1@0, 2@3]");

    fixture.log.truncateTo(3);

    assertThat(fixture.log.logEndOffset()).isEqualTo(3);
    assertThat(fixture.log.leaderEpochs()).hasToString("[1@0]");
  }

  @Test
  void knowsAllBatchesOfAnUnbrokenRunThatItKeeps() {
    for (int i = 0; i < 40; i++) {
      fixture.append(TestBatches.idempotent(8, 0, i, 1, 1));
    }
    assertThat(fixture.log.view().segmentCount()).isGreaterThan(2);

    fixture.log.truncateTo(37);

    for (int i = 0; i < 37; i++) {
      AppendResult again = fixture.append(TestBatches.idempotent(8, 0, i, 1, 1));
      assertThat(again.duplicate() || again.isForgotten()).as("sequence %d", i).isTrue();
    }
    assertThat(fixture.append(TestBatches.idempotent(8, 0, 37, 1, 1)).duplicate()).isFalse();
    assertThat(fixture.log.logEndOffset()).isEqualTo(38);
  }

  @Test
  void takesLeaderEpochsProducersAndHighWatermarkBack() {
    fixture.leaderEpoch = 1;
    fixture.append(TestBatches.idempotent(8, 0, 0, 2, 1));
    fixture.append(TestBatches.transactional(9, 0, 0, 1, 1)); // 2
    fixture.leaderEpoch = 2;
    fixture.append(TestBatches.idempotent(8, 0, 2, 2, 1)); // 3-4
    fixture.appendMarker(TestBatches.marker(9, 0, false, 0, 1)); // 5
    fixture.log.onHighWatermark(6);
    assertThat(fixture.log.view().abortedTransactions(0, 6)).hasSize(1);

    fixture.log.truncateTo(3);

    assertThat(fixture.log.leaderEpochs()).hasToString("[1@0]");
    assertThat(fixture.log.highWatermark()).isEqualTo(3);
    assertThat(fixture.log.lastStableOffset()).isEqualTo(2);
    assertThat(fixture.log.view().abortedTransactions(0, 6)).isEmpty();
    assertThat(fixture.append(TestBatches.idempotent(8, 0, 2, 2, 1)).duplicate()).isFalse();
    assertThat(fixture.append(TestBatches.idempotent(8, 0, 0, 2, 1)).duplicate()).isTrue();
  }

  @Test
  void cutsWhatReadersHoldWithoutThemNoticing() throws IOException {
    ByteBuf first = TestBatches.records(1, 3);
    ByteBuf second = TestBatches.records(2, 3);
    fixture.append(first);
    fixture.append(second);
    LogSlice slice = fixture.log.view().read(0, 10_000, true, 6);

    fixture.log.truncateTo(3);
    ByteBuf third = TestBatches.records(3, 3);
    fixture.append(third);

    ByteBuf held = Unpooled.buffer();
    slice.copyTo(held);
    slice.release();
    assertThat(held).isEqualTo(Unpooled.wrappedBuffer(first, second));
    assertThat(LogFixture.read(fixture.log.view(), 0, 10_000, 6))
        .isEqualTo(Unpooled.wrappedBuffer(first, third));
    fixture.reopenAfterCrash();
    assertThat(LogFixture.read(fixture.log.view(), 0, 10_000, 6))
        .isEqualTo(Unpooled.wrappedBuffer(first, third));
  }

  @Test
  void keepsAbortedTransactionsOfWhatReadersHold() throws IOException {
    fixture.append(TestBatches.transactional(9, 0, 0, 1, 1));
    fixture.appendMarker(TestBatches.marker(9, 0, false, 0, 1));
    fixture.append(TestBatches.transactional(9, 0, 1, 1, 1));
    fixture.appendMarker(TestBatches.marker(9, 0, false, 0, 1));
    LogSlice slice = fixture.log.view().read(0, 10_000, true, 4);

    fixture.log.truncateTo(2);

    slice.release();
    assertThat(fixture.log.view().abortedTransactions(0, 9))
        .containsExactly(new AbortedTransaction(9, 0, 1, 2));
  }

  @Test
  void readsOfAnOldViewFindTheNewOne() throws IOException {
    ByteBuf first = TestBatches.records(1, 3);
    fixture.append(first);
    fixture.append(3);
    LogView old = fixture.log.view();

    fixture.log.truncateTo(3);

    assertThat(LogFixture.read(old, 0, 10_000, 6)).isEqualTo(first);
    assertThatThrownBy(() -> old.read(4, 10_000, true, 6))
        .satisfies(is(ErrorCode.OFFSET_OUT_OF_RANGE));
  }

  @Test
  void lowersTheRecoveryPointOnDiskBeforeOthersTakeTheOffsets() throws IOException {
    fixture.append(3);
    fixture.append(3);
    LogFlusherTest.force(fixture.log);
    fixture.directory.checkpointRecoveryPoints();
    assertThat(checkpoint()).contains("orders 0 6");

    fixture.log.truncateTo(3);

    assertThat(checkpoint()).contains("orders 0 0");
    assertThat(fixture.log.recoveryPoint()).isZero();
  }

  @Test
  void startsAnewAtAnOffset() throws IOException {
    fixture.leaderEpoch = 3;
    fixture.fillSegments(3);
    LogSlice slice = fixture.log.view().read(0, 10_000, true, 5);

    fixture.log.truncateFullyAndStartAt(1000);

    assertThat(fixture.log.logStartOffset()).isEqualTo(1000);
    assertThat(fixture.log.logEndOffset()).isEqualTo(1000);
    assertThat(fixture.log.highWatermark()).isEqualTo(1000);
    assertThat(fixture.log.leaderEpochs().size()).isZero();
    assertThat(fixture.append(2).baseOffset()).isEqualTo(1000);
    slice.copyTo(Unpooled.buffer());
    slice.release();
    fixture.reopenAfterCrash();
    assertThat(LogFixture.ranges(fixture.log.view())).containsExactly("1000-1001");
    assertThat(fixture.log.logStartOffset()).isEqualTo(1000);
  }

  @Test
  void startsAnewWhereTheFirstSegmentStarted() throws IOException {
    fixture.append(3);

    fixture.log.truncateFullyAndStartAt(0);

    fixture.append(1);
    assertThat(LogFixture.ranges(fixture.log.view())).containsExactly("0-0");
  }

  @Test
  void startsAnewIfCutBeforeItsFirstSegment() {
    fixture.log.truncateFullyAndStartAt(100);
    fixture.append(3);

    fixture.log.truncateTo(50);

    assertThat(fixture.log.logEndOffset()).isEqualTo(50);
    assertThat(fixture.log.logStartOffset()).isEqualTo(50);
  }

  private String checkpoint() throws IOException {
    return Files.readString(root.resolve("recovery-point-offset-checkpoint"));
  }
}
