package io.ottla.log;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.CompositeByteBuf;
import io.netty.buffer.Unpooled;
import io.ottla.wire.ErrorCode;
import io.ottla.wire.record.Compression;
import io.ottla.wire.record.DecompressionLimits;
import io.ottla.wire.record.RecordBatch;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PartitionLogTest {

  private static final DecompressionLimits LIMITS = DecompressionLimits.ofBatch(1 << 20);

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
  void assignsOffsetsAndLeaderEpochInPlace() {
    fixture.leaderEpoch = 5;
    fixture.append(3);
    ByteBuf bytes = TestBatches.records(7_000, 2);

    AppendResult result = fixture.append(bytes);

    assertThat(result).isEqualTo(new AppendResult(3, 4, 0, 7_000, -1, false));
    RecordBatch batch = new RecordBatch().wrap(bytes, 0);
    assertThat(batch.baseOffset()).isEqualTo(3);
    assertThat(batch.partitionLeaderEpoch()).isEqualTo(5);
    assertThat(batch.isCrcValid()).isTrue();
    assertThat(fixture.log.logEndOffset()).isEqualTo(5);
    assertThat(fixture.log.view().leaderEpoch()).isEqualTo(5);
  }

  @Test
  void readsBackWhatWasAppended() throws IOException {
    ByteBuf first = TestBatches.records(1, 3);
    ByteBuf second = TestBatches.records(2, 1);
    fixture.append(first);
    fixture.append(second);

    LogView view = fixture.log.view();

    ByteBuf all = LogFixture.read(view, 0, 10_000, view.logEndOffset());
    assertThat(all).isEqualTo(Unpooled.wrappedBuffer(first, second));
    assertThat(LogFixture.read(view, 3, 10_000, view.logEndOffset())).isEqualTo(second);
  }

  @Test
  void readsFromTheBatchThatHoldsTheOffset() throws IOException {
    fixture.append(5);
    ByteBuf second = TestBatches.records(1, 5);
    fixture.append(second);

    LogSlice slice = fixture.log.view().read(7, 10_000, true, 10);

    assertThat(slice.baseOffset()).isEqualTo(5);
    assertThat(slice.sizeInBytes()).isEqualTo(second.readableBytes());
    slice.release();
  }

  @Test
  void givesOnlyWhatLiesBelowTheBound() throws IOException {
    ByteBuf first = TestBatches.records(1, 3);
    fixture.append(first);
    fixture.append(2);
    fixture.append(2);
    LogView view = fixture.log.view();

    assertThat(LogFixture.read(view, 0, 10_000, 3)).isEqualTo(first);
    assertThat(view.read(3, 10_000, true, 3).isEmpty()).isTrue();
    assertThat(view.read(7, 10_000, true, 7).isEmpty()).isTrue();
  }

  @Test
  void givesTheFirstBatchWholeIfToldSo() {
    ByteBuf first = TestBatches.records(1, 3);
    fixture.append(first);
    LogView view = fixture.log.view();

    LogSlice whole = view.read(0, 10, true, 3);
    assertThat(whole.sizeInBytes()).isEqualTo(first.readableBytes());
    whole.release();
    assertThat(view.read(0, 10, false, 3).isEmpty()).isTrue();
  }

  @Test
  void refusesOffsetsThatAreNotInTheLog() {
    fixture.append(3);
    LogView view = fixture.log.view();

    assertThatThrownBy(() -> view.read(4, 100, true, 3))
        .isInstanceOfSatisfying(
            LogException.class,
            e -> assertThat(e.error()).isEqualTo(ErrorCode.OFFSET_OUT_OF_RANGE));
    assertThatThrownBy(() -> view.read(-1, 100, true, 3)).isInstanceOf(LogException.class);
  }

  @Test
  void appendsABufferInManyPiecesWithOneCall() throws IOException {
    ByteBuf bytes = TestBatches.records(Unpooled.buffer(), 1, 10, 20);
    CompositeByteBuf pieces = Unpooled.compositeBuffer(100);
    for (int i = 0; i < bytes.readableBytes(); i += 7) {
      pieces.addComponent(true, bytes.copy(i, Math.min(7, bytes.readableBytes() - i)));
    }

    fixture.append(pieces);

    LogView view = fixture.log.view();
    ByteBuf read = LogFixture.read(view, 0, 10_000, 10);
    assertThat(read).isEqualTo(pieces);
    assertThat(new RecordBatch().wrap(read, 0).isCrcValid()).isTrue();
  }

  @Test
  void rollsTheSegmentWhenABatchDoesNotFit() throws IOException {
    fixture.fillSegments(3);

    LogView view = fixture.log.view();
    assertThat(view.segments().get(0).sizeInBytes()).isBetween(1024 - 80, 1024);
    assertThat(LogFixture.batches(view)).hasSize((int) view.logEndOffset());
    assertThat(
            fixture
                .partitionPath()
                .resolve(SegmentFiles.name(view.segments().get(1).baseOffset(), ".snapshot")))
        .exists();
  }

  @Test
  void takesABatchAsLargeAsASegmentButNoLarger() {
    ByteBuf fits = TestBatches.records(Unpooled.buffer(), 1, 1, 1024 - 61 - 9);
    assertThat(fits.readableBytes()).isEqualTo(1024);
    fixture.append(1);
    fixture.append(fits);
    assertThat(fixture.log.view().segmentCount()).isEqualTo(2);

    ByteBuf tooLarge = TestBatches.records(Unpooled.buffer(), 1, 1, 1024 - 61 - 8);
    assertThatThrownBy(() -> fixture.append(tooLarge))
        .satisfies(is(ErrorCode.RECORD_LIST_TOO_LARGE));
    assertThat(fixture.log.logEndOffset()).isEqualTo(2);
  }

  @Test
  void rollsTheSegmentWhenABatchIsTooMuchYoungerThanItsFirst() {
    fixture.config = LogConfig.defaults().withSegmentMs(1_000, 0);
    fixture.log.reconfigure(fixture.config);
    fixture.append(TestBatches.records(5_000, 1));
    fixture.append(TestBatches.records(6_000, 1));
    assertThat(fixture.log.view().segmentCount()).isEqualTo(1);
    fixture.append(TestBatches.records(6_001, 1));
    assertThat(fixture.log.view().segmentCount()).isEqualTo(2);
  }

  @Test
  void rollsTheSegmentByTheClockIfBatchesHaveNoTimestamps() {
    fixture.log.reconfigure(LogConfig.defaults().withSegmentMs(1_000, 0));
    fixture.append(TestBatches.records(-1, 1));
    fixture.nowMs += 1_000;
    fixture.append(TestBatches.records(-1, 1));
    assertThat(fixture.log.view().segmentCount()).isEqualTo(1);
    fixture.nowMs += 1;
    fixture.append(TestBatches.records(-1, 1));
    assertThat(fixture.log.view().segmentCount()).isEqualTo(2);
  }

  @Test
  void rollsTheSegmentWhenAnIndexIsFull() {
    fixture.close();
    fixture = new LogFixture(root.resolve("b"), LogConfig.defaults().withIndex(0, 5 * 12));
    while (fixture.log.view().segmentCount() == 1) {
      fixture.append(TestBatches.records(fixture.nowMs++, 1));
    }
    // Each batch but the first has an entry; the time index keeps one of its five for the end.
    assertThat(fixture.log.view().segments().active().baseOffset()).isEqualTo(5);
  }

  @Test
  void rollsTheSegmentWhenAnOffsetIsTooFarFromItsFirst() throws IOException {
    fixture.append(1);
    ByteBuf far = TestBatches.records(1, 1);
    new RecordBatch().wrap(far, 0).baseOffset(1L + Integer.MAX_VALUE).partitionLeaderEpoch(0);

    fixture.replicate(far);

    assertThat(fixture.log.view().segments().active().baseOffset())
        .isEqualTo(1L + Integer.MAX_VALUE);
    assertThat(LogFixture.ranges(fixture.log.view()))
        .containsExactly("0-0", "2147483648-2147483648");
  }

  @Test
  void spreadsBatchesOfOneAppendOverSegments() throws IOException {
    ByteBuf many = Unpooled.buffer();
    for (int i = 0; i < 40; i++) {
      TestBatches.records(many, 1, 2, 10);
    }
    fixture.append(many);

    assertThat(fixture.log.logEndOffset()).isEqualTo(80);
    assertThat(fixture.log.view().segmentCount()).isGreaterThan(3);
    assertThat(LogFixture.batches(fixture.log.view())).hasSize(40);
  }

  @Test
  void takesReplicatedBatchesAsTheyAre() throws IOException {
    ByteBuf bytes = TestBatches.records(1, 3);
    new RecordBatch().wrap(bytes, 0).baseOffset(10).partitionLeaderEpoch(2);
    ByteBuf before = bytes.copy();
    fixture.leaderEpoch = 4;

    AppendResult result = fixture.replicate(bytes);

    assertThat(result.baseOffset()).isEqualTo(10);
    assertThat(result.lastOffset()).isEqualTo(12);
    assertThat(bytes).isEqualTo(before);
    assertThat(fixture.log.logEndOffset()).isEqualTo(13);
    assertThat(fixture.log.view().leaderEpoch()).isEqualTo(2);
    assertThat(LogFixture.read(fixture.log.view(), 0, 1000, 13)).isEqualTo(before);
  }

  @Test
  void leavesReplicatedBatchesOfALaterEpoch() {
    ByteBuf bytes = Unpooled.buffer();
    TestBatches.records(bytes, 1, 1, 1);
    int second = bytes.writerIndex();
    TestBatches.records(bytes, 1, 1, 1);
    new RecordBatch().wrap(bytes, 0).baseOffset(0).partitionLeaderEpoch(2);
    new RecordBatch().wrap(bytes, second).baseOffset(1).partitionLeaderEpoch(3);
    fixture.leaderEpoch = 2;

    assertThat(fixture.replicate(bytes).lastOffset()).isEqualTo(0);
    assertThat(fixture.log.logEndOffset()).isEqualTo(1);

    bytes.readerIndex(second);
    AppendResult nothing = fixture.replicate(bytes);
    assertThat(nothing.baseOffset()).isEqualTo(1);
    assertThat(nothing.lastOffset()).isEqualTo(0);
  }

  @Test
  void refusesReplicatedBatchesThatDoNotGoOnWhereTheLogEnds() {
    fixture.append(3);
    ByteBuf bytes = TestBatches.records(1, 3);
    new RecordBatch().wrap(bytes, 0).baseOffset(2).partitionLeaderEpoch(0);

    assertThatThrownBy(() -> fixture.replicate(bytes)).satisfies(is(ErrorCode.CORRUPT_MESSAGE));
    assertThat(fixture.log.logEndOffset()).isEqualTo(3);
  }

  @Test
  void refusesBytesThatAreNoBatches() {
    assertThatThrownBy(() -> fixture.append(Unpooled.buffer().writeZero(61)))
        .satisfies(is(ErrorCode.CORRUPT_MESSAGE));
    ByteBuf cut = TestBatches.records(1, 3);
    assertThatThrownBy(() -> fixture.append(cut.slice(0, cut.readableBytes() - 1)))
        .satisfies(is(ErrorCode.CORRUPT_MESSAGE));
    assertThat(fixture.log.logEndOffset()).isZero();
  }

  @Test
  void putsTheBrokersTimeIntoTheBatchesIfTheTopicWantsIt() throws IOException {
    fixture.log.reconfigure(LogFixture.SMALL.withLogAppendTime(true));
    fixture.nowMs = 77_000;

    AppendResult result = fixture.append(TestBatches.records(5, 2));

    assertThat(result.logAppendTimeMs()).isEqualTo(77_000);
    assertThat(result.maxTimestamp()).isEqualTo(77_000);
    RecordBatch batch = new RecordBatch().wrap(LogFixture.read(fixture.log.view(), 0, 1000, 2), 0);
    assertThat(batch.isLogAppendTime()).isTrue();
    assertThat(batch.maxTimestamp()).isEqualTo(77_000);
    assertThat(batch.isCrcValid()).isTrue();
  }

  @Test
  void answersADuplicateWithTheOffsetsItHas() {
    fixture.append(1);
    for (int i = 0; i < 6; i++) {
      fixture.append(TestBatches.idempotent(9, 0, i * 2, 2, 500 + i));
    }

    AppendResult duplicate = fixture.append(TestBatches.idempotent(9, 0, 4, 2, 500));

    assertThat(duplicate).isEqualTo(new AppendResult(5, 6, 0, 502, -1, true));
    assertThat(fixture.log.logEndOffset()).isEqualTo(13);
    // Where the first of the six is, is not remembered any more; but it is there, before the
    // others.
    assertThat(fixture.append(TestBatches.idempotent(9, 0, 0, 2, 500)))
        .isEqualTo(new AppendResult(-1, 2, 0, -1, -1, true));
    assertThat(fixture.log.logEndOffset()).isEqualTo(13);
  }

  @Test
  void takesOneBatchAtATimeFromAnIdempotentClient() {
    ByteBuf two =
        Unpooled.wrappedBuffer(
            TestBatches.idempotent(9, 0, 0, 1, 1), TestBatches.idempotent(9, 0, 1, 1, 1));

    assertThatThrownBy(() -> fixture.append(two)).satisfies(is(ErrorCode.INVALID_RECORD));
  }

  @Test
  void publishesTheHighWatermarkWithinTheLog() {
    fixture.append(3);
    assertThat(fixture.log.highWatermark()).isZero();
    fixture.log.onHighWatermark(2);
    assertThat(fixture.log.view().highWatermark()).isEqualTo(2);
    fixture.log.onHighWatermark(9);
    assertThat(fixture.log.view().highWatermark()).isEqualTo(3);
    assertThat(fixture.log.view().lastStableOffset()).isEqualTo(3);
  }

  @Test
  void readsUpToAnyHighWatermark() throws IOException {
    List<Long> ends = new ArrayList<>(List.of(0L));
    for (int i = 0; i < 300; i++) {
      ends.add(fixture.append(1 + i % 3).lastOffset() + 1);
    }
    for (long highWatermark : ends) {
      fixture.log.onHighWatermark(highWatermark);
      LogView view = fixture.log.view();
      for (long from = highWatermark; from > highWatermark - 30 && from >= 0; from--) {
        assertThat(readUpTo(view, from, highWatermark)).isEqualTo(highWatermark);
      }
    }
  }

  /** Where the batches end that one reads from an offset on. */
  private static long readUpTo(LogView view, long from, long upTo) throws IOException {
    RecordBatch batch = new RecordBatch();
    long offset = from;
    while (true) {
      ByteBuf bytes = LogFixture.read(view, offset, 1 << 20, upTo);
      if (!bytes.isReadable()) {
        return offset;
      }
      for (int at = 0; at < bytes.readableBytes(); at += batch.sizeInBytes()) {
        offset = batch.wrap(bytes, at).nextOffset();
      }
    }
  }

  @Test
  void holdsTheLastStableOffsetAtAnOpenTransaction() {
    fixture.append(2);
    fixture.append(TestBatches.transactional(1, 0, 0, 1, 1)); // 2
    fixture.append(TestBatches.transactional(2, 0, 0, 1, 1)); // 3
    fixture.append(1); // 4
    fixture.log.onHighWatermark(5);
    assertThat(fixture.log.lastStableOffset()).isEqualTo(2);

    fixture.appendMarker(TestBatches.marker(1, 0, true, 0, 1)); // 5
    fixture.log.onHighWatermark(5);
    // Its records are not stable before the marker is below the high watermark.
    assertThat(fixture.log.lastStableOffset()).isEqualTo(2);
    fixture.log.onHighWatermark(6);
    assertThat(fixture.log.lastStableOffset()).isEqualTo(3);

    fixture.appendMarker(TestBatches.marker(2, 0, false, 0, 1)); // 6
    fixture.log.onHighWatermark(7);
    assertThat(fixture.log.lastStableOffset()).isEqualTo(7);
    assertThat(fixture.log.view().abortedTransactions(0, 7))
        .containsExactly(new AbortedTransaction(2, 3, 6, 7));
    assertThat(fixture.log.view().abortedTransactions(0, 3)).isEmpty();
  }

  @Test
  void findsTheFirstRecordThatIsNotOlder() {
    for (Compression compression : Compression.values()) {
      fixture.append(TestBatches.timed(compression, 100, 300, 200));
      fixture.append(TestBatches.timed(compression, 250));
      fixture.append(TestBatches.timed(compression, 400, 500));
      fixture.log.truncateFullyAndStartAt(0);
      fixture.append(TestBatches.timed(compression, 100, 300, 200));
      fixture.append(TestBatches.timed(compression, 250));
      fixture.append(TestBatches.timed(compression, 400, 500));
      LogView view = fixture.log.view();

      assertThat(find(view, 0)).isEqualTo(new TimestampOffset(100, 0, 0));
      assertThat(find(view, 150)).isEqualTo(new TimestampOffset(300, 1, 0));
      assertThat(find(view, 301)).isEqualTo(new TimestampOffset(400, 4, 0));
      assertThat(find(view, 500)).isEqualTo(new TimestampOffset(500, 5, 0));
      assertThat(find(view, 501)).isNull();
      assertThat(view.offsetForTimestamp(500, 5, LIMITS)).isNull();
      assertThat(view.maxTimestampOffset(6, LIMITS)).isEqualTo(new TimestampOffset(500, 5, 0));
    }
  }

  @Test
  void findsRecordsByTimeInEverySegment() {
    for (int i = 0; i < 200; i++) {
      fixture.append(TestBatches.timed(Compression.NONE, 1000 + i * 10));
    }
    assertThat(fixture.log.view().segmentCount()).isGreaterThan(5);
    for (int i = 0; i < 200; i++) {
      assertThat(find(fixture.log.view(), 1000 + i * 10 - 5).offset()).isEqualTo(i);
      assertThat(find(fixture.log.view(), 1000 + i * 10).offset()).isEqualTo(i);
    }
  }

  @Test
  void findsNoRecordBeforeTheLogsStart() {
    fixture.append(TestBatches.timed(Compression.NONE, 100, 200, 300));
    fixture.log.onHighWatermark(3);
    fixture.log.deleteRecordsBefore(1);

    assertThat(find(fixture.log.view(), 50).offset()).isEqualTo(1);
  }

  @Test
  void deletesSegmentsThatAreTooOldButNothingAboveTheHighWatermark() {
    fixture.log.reconfigure(LogFixture.SMALL.withRetention(1_000, -1));
    fixture.fillSegments(4);
    LogView before = fixture.log.view();
    long secondBase = before.segments().get(1).baseOffset();
    fixture.nowMs += 1_001;
    assertThat(fixture.log.deleteRetired(fixture.nowMs)).isZero();

    fixture.log.onHighWatermark(secondBase + 1);
    assertThat(fixture.log.deleteRetired(fixture.nowMs)).isEqualTo(1);
    assertThat(fixture.log.logStartOffset()).isEqualTo(secondBase);
    assertThat(fixture.log.view().segmentCount()).isEqualTo(3);

    fixture.log.onHighWatermark(fixture.log.logEndOffset());
    assertThat(fixture.log.deleteRetired(fixture.nowMs)).isEqualTo(3);
    // The active one was old, too: an empty one took its place.
    assertThat(fixture.log.view().segmentCount()).isEqualTo(1);
    assertThat(fixture.log.logStartOffset()).isEqualTo(before.logEndOffset());
    assertThat(fixture.append(1).baseOffset()).isEqualTo(before.logEndOffset());
  }

  @Test
  void deletesTheOldestSegmentsOfALogThatIsTooLarge() {
    fixture.fillSegments(5);
    fixture.log.onHighWatermark(fixture.log.logEndOffset());
    long size = fixture.log.view().sizeInBytes();
    fixture.log.reconfigure(LogFixture.SMALL.withRetention(-1, size - 1500));

    assertThat(fixture.log.deleteRetired(fixture.nowMs)).isEqualTo(1);
    assertThat(fixture.log.deleteRetired(fixture.nowMs)).isZero();
  }

  @Test
  void deletesNothingOfACompactedLogButWhatLiesBeforeItsStart() {
    fixture.log.reconfigure(LogFixture.SMALL.withRetention(1, 1).withCleanupPolicy(false, true));
    fixture.fillSegments(4);
    fixture.log.onHighWatermark(fixture.log.logEndOffset());
    fixture.nowMs += 1_000_000;
    assertThat(fixture.log.deleteRetired(fixture.nowMs)).isZero();

    fixture.log.deleteRecordsBefore(fixture.log.view().segments().get(2).baseOffset() + 1);
    assertThat(fixture.log.deleteRetired(fixture.nowMs)).isEqualTo(2);
    assertThat(fixture.log.view().segmentCount()).isEqualTo(2);
  }

  @Test
  void deletesTheFilesOfARetiredSegmentAfterTheDelay() throws IOException {
    fixture.log.reconfigure(LogFixture.SMALL.withRetention(1, -1).withFileDeleteDelayMs(500));
    fixture.fillSegments(2);
    fixture.log.onHighWatermark(fixture.log.logEndOffset());
    fixture.nowMs += 10;
    fixture.log.deleteRetired(fixture.nowMs);

    Path deleted = fixture.partitionPath().resolve("00000000000000000000.log.deleted");
    assertThat(deleted).exists();
    assertThat(fixture.directory.deleteDue(fixture.nowMs + 499)).isZero();
    assertThat(fixture.directory.deleteDue(fixture.nowMs + 500)).isPositive();
    assertThat(fixture.fileSystem.list(fixture.partitionPath()))
        .noneMatch(name -> name.startsWith("00000000000000000000."));
  }

  @Test
  void startsLaterWhenToldSoButNotAboveTheHighWatermark() {
    fixture.leaderEpoch = 1;
    fixture.append(4);
    fixture.leaderEpoch = 2;
    fixture.append(4);
    fixture.log.onHighWatermark(6);

    fixture.log.deleteRecordsBefore(5);

    assertThat(fixture.log.view().logStartOffset()).isEqualTo(5);
    assertThat(fixture.log.leaderEpochs()).hasToString("[2@5]");
    assertThatThrownBy(() -> fixture.log.view().read(4, 100, true, 8))
        .satisfies(is(ErrorCode.OFFSET_OUT_OF_RANGE));
    assertThatThrownBy(() -> fixture.log.deleteRecordsBefore(7))
        .satisfies(is(ErrorCode.OFFSET_OUT_OF_RANGE));
  }

  @Test
  void tellsWhereALeaderEpochEnds() {
    fixture.leaderEpoch = 1;
    fixture.append(4);
    fixture.leaderEpoch = 3;
    fixture.append(4);
    LogView view = fixture.log.view();

    assertThat(view.endOffsetForEpoch(1)).isEqualTo(new EpochEndOffset(1, 4));
    assertThat(view.endOffsetForEpoch(2)).isEqualTo(new EpochEndOffset(1, 4));
    assertThat(view.endOffsetForEpoch(3)).isEqualTo(new EpochEndOffset(3, 8));
    assertThat(view.endOffsetForEpoch(4).isDefined()).isFalse();
  }

  private static TimestampOffset find(LogView view, long timestamp) {
    return view.offsetForTimestamp(timestamp, view.logEndOffset(), LIMITS);
  }

  static Consumer<Throwable> is(ErrorCode error) {
    return thrown ->
        assertThat(thrown)
            .isInstanceOfSatisfying(
                LogException.class, e -> assertThat(e.error()).isEqualTo(error));
  }
}
