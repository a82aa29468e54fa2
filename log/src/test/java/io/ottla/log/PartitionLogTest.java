package io.ottla.log;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.CompositeByteBuf;
import io.netty.buffer.Unpooled;
import io.ottla.wire.ErrorCode;
import io.ottla.wire.record.RecordBatch;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PartitionLogTest {

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
      pieces.addComponent(
          true, bytes.copy(i, Math.min(7, bytes.readableBytes() - i)));
    }

    fixture.append(pieces);

    LogView view = fixture.log.view();
    ByteBuf read = LogFixture.read(view, 0, 10_000, 10);
    assertThat(read).isEqualTo(pieces);
    assertThat(new RecordBatch().wrap(read, 0).isCrcValid()).isTrue();
  }
}
