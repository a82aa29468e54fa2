package io.ottla.wire.record;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.ByteBuffer;
import java.util.Random;
import org.apache.kafka.common.utils.ByteUtils;
import org.junit.jupiter.api.Test;

class VarintsTest {

  @Test
  void writesAndReadsIntsAsKafkaDoes() {
    Random random = new Random(3);
    for (int i = 0; i < 20_000; i++) {
      int value =
          switch (i) {
            case 0 -> 0;
            case 1 -> -1;
            case 2 -> Integer.MIN_VALUE;
            case 3 -> Integer.MAX_VALUE;
            default -> random.nextInt() >> random.nextInt(32);
          };
      ByteBuffer theirs = ByteBuffer.allocate(5);
      ByteUtils.writeVarint(value, theirs);
      ByteBuf ours = Unpooled.buffer();
      Varints.write(ours, value);
      assertThat(ours).isEqualTo(Unpooled.wrappedBuffer(theirs.flip()));
      assertThat(Varints.sizeOf(value)).isEqualTo(ours.readableBytes());
      assertThat(Varints.readInt(ours)).isEqualTo(value);
      assertThat(ours.isReadable()).isFalse();
    }
  }

  @Test
  void writesAndReadsLongsAsKafkaDoes() {
    Random random = new Random(4);
    for (int i = 0; i < 20_000; i++) {
      long value =
          switch (i) {
            case 0 -> 0;
            case 1 -> -1;
            case 2 -> Long.MIN_VALUE;
            case 3 -> Long.MAX_VALUE;
            default -> random.nextLong() >> random.nextInt(64);
          };
      ByteBuffer theirs = ByteBuffer.allocate(10);
      ByteUtils.writeVarlong(value, theirs);
      ByteBuf ours = Unpooled.buffer();
      Varints.write(ours, value);
      assertThat(ours).isEqualTo(Unpooled.wrappedBuffer(theirs.flip()));
      assertThat(Varints.sizeOf(value)).isEqualTo(ours.readableBytes());
      assertThat(Varints.readLong(ours)).isEqualTo(value);
      assertThat(ours.isReadable()).isFalse();
    }
  }

  @Test
  void refusesWhatDoesNotFitTheType() {
    assertThat(Varints.readInt(bytes(0x80, 0x80, 0x80, 0x80, 0x00))).isZero();
    assertThat(Varints.readInt(bytes(0xff, 0xff, 0xff, 0xff, 0x0f))).isEqualTo(Integer.MIN_VALUE);
    assertRefusedAsInt(0xff, 0xff, 0xff, 0xff, 0x10);
    assertRefusedAsInt(0x80, 0x80, 0x80, 0x80, 0x80, 0x00);
    assertRefusedAsInt(0x80, 0x80);
    assertRefusedAsInt();
    assertThat(Varints.readLong(bytes(0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x01)))
        .isEqualTo(1L << 62);
    assertRefusedAsLong(0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x02);
    assertRefusedAsLong(0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x00);
    assertRefusedAsLong(0x80);
    assertRefusedAsLong();
  }

  private static void assertRefusedAsInt(int... bytes) {
    assertThatThrownBy(() -> Varints.readInt(bytes(bytes)))
        .isInstanceOf(InvalidRecordException.class);
  }

  private static void assertRefusedAsLong(int... bytes) {
    assertThatThrownBy(() -> Varints.readLong(bytes(bytes)))
        .isInstanceOf(InvalidRecordException.class);
  }

  private static ByteBuf bytes(int... bytes) {
    ByteBuf buffer = Unpooled.buffer();
    for (int b : bytes) {
      buffer.writeByte(b);
    }
    return buffer;
  }
}
