package io.ottla.metadata.codec;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ottla.wire.Uuid;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Map;
import java.util.Random;
import java.util.zip.CRC32C;
import org.junit.jupiter.api.Test;

class FrameTest {

  private static final int MAX_BYTES = 1 << 20;

  @Test
  void readsWhatWasWritten() {
    Uuid id = new Uuid(-3, 4);
    FrameWriter out = new FrameWriter(3, MAX_BYTES);
    out.writeByte(-7);
    out.writeBoolean(true);
    out.writeCount(300);
    for (int value : new int[] {0, -1, 1, Integer.MIN_VALUE, Integer.MAX_VALUE}) {
      out.writeInt(value);
    }
    for (long value : new long[] {0, -1, Long.MIN_VALUE, Long.MAX_VALUE}) {
      out.writeLong(value);
      out.writeFixedLong(value);
    }
    out.writeUuid(id);
    out.writeString("žluťoučký \uD83D\uDC0E");
    out.writeNullableString(null);
    out.writeNullableString("");
    out.writeStrings(Map.of("b", "2", "a", "1"));

    FrameReader in = new FrameReader(out.toFrame(), 1, 3);
    assertThat(in.version()).isEqualTo(3);
    assertThat(in.readByte()).isEqualTo((byte) -7);
    assertThat(in.readBoolean()).isTrue();
    assertThatThrownBy(() -> in.readCount(1)).isInstanceOf(CodecException.class);
    for (int value : new int[] {0, -1, 1, Integer.MIN_VALUE, Integer.MAX_VALUE}) {
      assertThat(in.readInt()).isEqualTo(value);
    }
    for (long value : new long[] {0, -1, Long.MIN_VALUE, Long.MAX_VALUE}) {
      assertThat(in.readLong()).isEqualTo(value);
      assertThat(in.readFixedLong()).isEqualTo(value);
    }
    assertThat(in.readUuid()).isEqualTo(id);
    assertThat(in.readString()).isEqualTo("žluťoučký \uD83D\uDC0E");
    assertThat(in.readNullableString()).isNull();
    assertThat(in.readNullableString()).isEmpty();
    assertThat(in.readStrings()).containsExactly(Map.entry("a", "1"), Map.entry("b", "2"));
    in.expectEnd();
  }

  @Test
  void refusesEveryFlippedBitAndEveryCut() {
    FrameWriter out = new FrameWriter(1, MAX_BYTES);
    out.writeString("some content");
    byte[] frame = out.toFrame();
    for (int bit = 0; bit < frame.length * Byte.SIZE; bit++) {
      byte[] flipped = frame.clone();
      flipped[bit / Byte.SIZE] ^= (byte) (1 << bit % Byte.SIZE);
      assertThatThrownBy(() -> new FrameReader(flipped, 1, 1)).isInstanceOf(CodecException.class);
    }
    for (int length = 0; length < frame.length; length++) {
      byte[] cut = Arrays.copyOf(frame, length);
      assertThatThrownBy(() -> new FrameReader(cut, 1, 1)).isInstanceOf(CodecException.class);
    }
  }

  @Test
  void refusesAVersionItDoesNotKnow() {
    byte[] newer = new FrameWriter(4, MAX_BYTES).toFrame();
    assertThatThrownBy(() -> new FrameReader(newer, 1, 3))
        .isInstanceOf(CodecException.class)
        .hasMessageContaining("newer software");
  }

  @Test
  void refusesToWriteMoreThanItsLimit() {
    FrameWriter out = new FrameWriter(1, 40);
    assertThatThrownBy(() -> out.writeString("x".repeat(40))).isInstanceOf(TooLargeException.class);
    FrameWriter full = new FrameWriter(1, 40);
    full.writeString("x".repeat(36));
    assertThatThrownBy(full::toFrame).isInstanceOf(TooLargeException.class);
  }

  @Test
  void believesNoLengthBeyondItsBytes() {
    // A string that claims two gigabytes, with a good CRC.
    byte[] frame = {1, -1, -1, -1, -1, 7, 0, 0, 0, 0};
    CRC32C crc = new CRC32C();
    crc.update(frame, 0, 6);
    ByteBuffer.wrap(frame).putInt(6, (int) crc.getValue());
    FrameReader in = new FrameReader(frame, 1, 1);
    assertThatThrownBy(in::readString).isInstanceOf(CodecException.class);
  }

  @Test
  void givesArbitraryBytesAnErrorAndNothingWorse() {
    long seed = System.nanoTime();
    System.out.println("FrameTest seed " + seed);
    Random random = new Random(seed);
    for (int i = 0; i < 20_000; i++) {
      byte[] frame = new byte[5 + random.nextInt(40)];
      random.nextBytes(frame);
      frame[0] = 1;
      CRC32C crc = new CRC32C();
      crc.update(frame, 0, frame.length - 4);
      ByteBuffer.wrap(frame).putInt(frame.length - 4, (int) crc.getValue());
      FrameReader in = new FrameReader(frame, 1, 1);
      try {
        while (true) {
          switch (random.nextInt(8)) {
            case 0 -> in.readInt();
            case 1 -> in.readLong();
            case 2 -> in.readString();
            case 3 -> in.readNullableString();
            case 4 -> in.readStrings();
            case 5 -> in.readUuid();
            case 6 -> in.readShort();
            default -> in.readCount(1);
          }
        }
      } catch (CodecException expected) {
        // The frame has an end, so this comes.
      }
    }
  }

  /** The hash is in snapshots: it may not change between versions or machines. */
  @Test
  void hashesAsItAlwaysDid() {
    FrameWriter out = new FrameWriter(1, MAX_BYTES);
    out.writeString("orders, payments and more");
    assertThat(Long.toHexString(out.hash())).isEqualTo("d51b05baf9494c77");
  }
}
