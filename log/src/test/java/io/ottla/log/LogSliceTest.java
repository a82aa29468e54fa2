package io.ottla.log;

import static io.ottla.log.PartitionLogTest.is;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.CompositeByteBuf;
import io.netty.buffer.Unpooled;
import io.ottla.wire.ErrorCode;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LogSliceTest {

  @TempDir Path root;
  private LogFixture fixture;
  private final ByteBuf first = TestBatches.records(1, 3);

  @BeforeEach
  void open() {
    fixture = new LogFixture(root, LogFixture.SMALL);
    fixture.append(first);
  }

  @AfterEach
  void close() {
    fixture.close();
  }

  @Test
  void namesTheBytesInItsChannel() throws IOException {
    ByteBuf second = TestBatches.records(1, 2);
    fixture.append(second);
    LogSlice slice = fixture.log.view().read(3, 1000, true, 5);

    ByteBuffer bytes = ByteBuffer.allocate(slice.sizeInBytes());
    slice.channel().read(bytes, slice.position());
    slice.release();

    assertThat(Unpooled.wrappedBuffer(bytes.flip())).isEqualTo(second);
  }

  @Test
  void copiesIntoABufferOfManyPieces() throws IOException {
    CompositeByteBuf pieces = Unpooled.compositeBuffer();
    for (int i = 0; i < 30; i++) {
      pieces.addComponent(Unpooled.buffer(10, 10).writeZero(10));
    }
    pieces.setIndex(0, 5);
    LogSlice slice = fixture.log.view().read(0, 1000, true, 3);
    slice.copyTo(pieces);
    slice.release();

    assertThat(pieces.slice(5, first.readableBytes())).isEqualTo(first);
  }

  @Test
  void outlivesTheDeletionOfItsSegment() throws IOException {
    LogSlice slice = fixture.log.view().read(0, 1000, true, 3);
    fixture.fillSegments(2);
    fixture.log.onHighWatermark(fixture.log.logEndOffset());
    fixture.log.reconfigure(LogFixture.SMALL.withRetention(0, -1));
    fixture.nowMs += 10;
    fixture.log.deleteRetired(fixture.nowMs);
    fixture.directory.deleteDue(fixture.nowMs);

    ByteBuf bytes = Unpooled.buffer();
    slice.copyTo(bytes, 0, first.readableBytes());
    slice.release();
    assertThat(bytes).isEqualTo(first);
    assertThat(slice.channel().isOpen()).isFalse();
  }

  @Test
  void outlivesTheLog() throws IOException {
    LogView view = fixture.log.view();
    LogSlice slice = view.read(0, 1000, true, 3);
    fixture.log.close();

    ByteBuf bytes = Unpooled.buffer();
    slice.copyTo(bytes);
    assertThat(bytes).isEqualTo(first);
    assertThat(slice.channel().isOpen()).isTrue();
    slice.release();
    assertThat(slice.channel().isOpen()).isFalse();
    assertThatThrownBy(() -> view.read(0, 1000, true, 3))
        .satisfies(is(ErrorCode.NOT_LEADER_OR_FOLLOWER));
    fixture.directory.close();
    fixture.log = null;
  }

  @Test
  void ofAnEmptyReadHoldsNothing() {
    LogSlice slice = fixture.log.view().read(3, 1000, true, 3);
    assertThat(slice.isEmpty()).isTrue();
    assertThat(slice.channel()).isNull();
    slice.release();
    slice.release();
  }
}
