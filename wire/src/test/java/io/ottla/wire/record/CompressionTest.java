package io.ottla.wire.record;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Random;
import java.util.stream.IntStream;
import net.jpountz.lz4.LZ4FrameOutputStream;
import net.jpountz.lz4.LZ4FrameOutputStream.BLOCKSIZE;
import net.jpountz.lz4.LZ4FrameOutputStream.FLG;
import org.apache.kafka.common.record.internal.CompressionType;
import org.apache.kafka.common.record.internal.RecordBatch;
import org.apache.kafka.common.utils.BufferSupplier;
import org.apache.kafka.common.utils.ByteBufferOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.xerial.snappy.Snappy;

class CompressionTest {

  private static final int[] SIZES = {0, 1, 100, 32767, 32768, 32769, 65535, 65537, 300_000};

  @Test
  void hasKafkasIdsNamesAndLevels() {
    for (CompressionType theirs : CompressionType.values()) {
      Compression ours = Compression.forId(theirs.id);
      assertThat(ours.name()).isEqualTo(theirs.name());
      assertThat(Compression.forConfigName(theirs.name)).isSameAs(ours);
      if (ours != Compression.NONE && ours != Compression.SNAPPY) {
        assertThat(ours.defaultLevel()).isEqualTo(theirs.defaultLevel());
        assertThat(ours.minLevel()).isEqualTo(theirs.minLevel());
        assertThat(ours.maxLevel()).isEqualTo(theirs.maxLevel());
      }
    }
    assertThat(Compression.values()).hasSameSizeAs(CompressionType.values());
    assertThat(IntStream.of(-1, 5, 6, 7).mapToObj(Compression::forId)).containsOnlyNulls();
    assertThat(Compression.forConfigName("producer")).isNull();
  }

  @ParameterizedTest
  @EnumSource
  void readsWhatKafkaWrites(Compression compression) throws IOException {
    for (byte[] data : samples()) {
      ByteBuf compressed = compressedByKafka(compression, data);
      for (ByteBuf in : KafkaBatches.shapesOf(compressed)) {
        assertThat(decompress(compression, in, data.length)).isEqualTo(data);
        assertThat(in.readableBytes()).isEqualTo(compressed.readableBytes());
      }
    }
  }

  @ParameterizedTest
  @EnumSource
  void writesWhatKafkaReads(Compression compression) throws IOException {
    for (byte[] data : samples()) {
      for (int level : levels(compression)) {
        ByteBuf out = Unpooled.buffer().writeZero(3);
        try (OutputStream stream = compression.compress(out, level)) {
          int half = data.length / 2;
          stream.write(data, 0, half);
          for (int i = half; i < Math.min(half + 10, data.length); i++) {
            stream.write(data[i]);
          }
          int rest = Math.min(half + 10, data.length);
          stream.write(data, rest, data.length - rest);
        }
        try (InputStream in =
            KafkaBatches.codec(compression)
                .wrapForInput(
                    ByteBuffer.wrap(out.array(), 3, out.readableBytes() - 3).slice(),
                    RecordBatch.MAGIC_VALUE_V2,
                    BufferSupplier.NO_CACHING)) {
          assertThat(in.readAllBytes()).isEqualTo(data);
        }
      }
    }
  }

  @ParameterizedTest
  @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "NONE")
  void refusesToGoOverTheLimit(Compression compression) throws IOException {
    byte[] data = new byte[200_000];
    ByteBuf in = compressedByKafka(compression, data);
    assertThat(decompress(compression, in, data.length)).isEqualTo(data);
    assertThatThrownBy(() -> decompress(compression, in, data.length - 1))
        .isInstanceOf(InvalidRecordException.class)
        .hasMessageContaining("more than 199999 bytes");
  }

  @ParameterizedTest
  @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "NONE")
  void refusesBytesThatAreCutOff(Compression compression) throws IOException {
    byte[] data = KafkaBatches.bytes(new Random(5), 2000);
    ByteBuf in = compressedByKafka(compression, data);
    for (int size = 0; size < in.readableBytes(); size++) {
      ByteBuf cut = in.slice(0, size);
      try {
        byte[] got = decompress(compression, cut, data.length);
        // An xerial stream may end after its header, and zstd's may be empty: no data then.
        assertThat(got).isEmpty();
      } catch (InvalidRecordException e) {
        assertThat(e.getStackTrace()).isEmpty();
      }
    }
  }

  @Test
  void refusesALevelTheCodecDoesNotHave() {
    for (Compression compression : Compression.values()) {
      assertThatThrownBy(() -> compression.compress(Unpooled.buffer(), 23))
          .isInstanceOf(IllegalArgumentException.class);
    }
    assertThat(Compression.GZIP.isValidLevel(0)).isFalse();
    assertThat(Compression.GZIP.isValidLevel(-1)).isTrue();
    assertThat(Compression.ZSTD.isValidLevel(-131072)).isTrue();
  }

  @Test
  void readsOneRawSnappyBlock() throws IOException {
    for (byte[] data : samples()) {
      assertThat(
              decompress(
                  Compression.SNAPPY, Unpooled.wrappedBuffer(Snappy.compress(data)), data.length))
          .isEqualTo(data);
    }
  }

  @Test
  void readsXerialStreamsOneAfterTheOther() throws IOException {
    byte[] data = KafkaBatches.bytes(new Random(1), 40_000);
    ByteBuf one = compressedByKafka(Compression.SNAPPY, data);
    ByteBuf two = Unpooled.wrappedBuffer(one.duplicate(), one.duplicate());
    byte[] twice = Arrays.copyOf(data, 80_000);
    System.arraycopy(data, 0, twice, 40_000, 40_000);
    assertThat(decompress(Compression.SNAPPY, two, 80_000)).isEqualTo(twice);
  }

  @Test
  void refusesSnappyBlocksThatClaimTooMuch() {
    // Raw blocks: the length as an unsigned varint, then one literal byte.
    ByteBuf claims100MiB = Unpooled.wrappedBuffer(new byte[] {-128, -128, -128, 50, 0, 1});
    assertThatThrownBy(() -> decompress(Compression.SNAPPY, claims100MiB, Integer.MAX_VALUE))
        .isInstanceOf(InvalidRecordException.class)
        .hasMessageContaining("invalid uncompressed length");
    ByteBuf claims2GiB = Unpooled.wrappedBuffer(new byte[] {-1, -1, -1, -1, 7, 0, 1});
    assertThatThrownBy(() -> decompress(Compression.SNAPPY, claims2GiB, Integer.MAX_VALUE))
        .isInstanceOf(InvalidRecordException.class);
    ByteBuf framed = Unpooled.buffer().writeLong(0x82534e4150505900L).writeInt(1).writeInt(1);
    for (int length : new int[] {-1, Integer.MIN_VALUE, 8, Integer.MAX_VALUE}) {
      ByteBuf in =
          Unpooled.buffer()
              .writeBytes(framed.duplicate())
              .writeInt(length)
              .writeBytes(claims2GiB.duplicate());
      assertThatThrownBy(() -> decompress(Compression.SNAPPY, in, Integer.MAX_VALUE))
          .isInstanceOf(InvalidRecordException.class);
    }
    ByteBuf newer = framed.copy().setInt(12, 2);
    assertThatThrownBy(() -> decompress(Compression.SNAPPY, newer, 10))
        .hasMessageContaining("version 2");
  }

  @Test
  void readsLz4FramesOfOtherClients() throws IOException {
    byte[] data = new byte[5_000_000];
    new Random(7).nextBytes(data);
    Arrays.fill(data, 1_000_000, 4_500_000, (byte) 7);
    for (BLOCKSIZE size : BLOCKSIZE.values()) {
      ByteArrayOutputStream out = new ByteArrayOutputStream();
      try (OutputStream lz4 =
          new LZ4FrameOutputStream(
              out,
              size,
              data.length,
              FLG.Bits.BLOCK_INDEPENDENCE,
              FLG.Bits.BLOCK_CHECKSUM,
              FLG.Bits.CONTENT_SIZE,
              FLG.Bits.CONTENT_CHECKSUM)) {
        lz4.write(data);
      }
      byte[] frame = out.toByteArray();
      assertThat(decompress(Compression.LZ4, Unpooled.wrappedBuffer(frame), data.length))
          .isEqualTo(data);
      frame[frame.length / 2] ^= 1;
      assertThatThrownBy(
              () -> decompress(Compression.LZ4, Unpooled.wrappedBuffer(frame), data.length))
          .hasMessageContaining("checksum");
    }
  }

  @Test
  void refusesLz4FramesItDoesNotKnow() throws IOException {
    ByteBuf good = compressedByKafka(Compression.LZ4, new byte[100]);
    assertRefused(good.copy().setByte(0, 5), "not an LZ4 frame");
    assertRefused(good.copy().setByte(4, 0xA0), "flags");
    assertRefused(good.copy().setByte(4, 0x61), "flags");
    assertRefused(good.copy().setByte(4, 0x40), "lean on each other");
    assertRefused(good.copy().setByte(5, 0x30), "block size");
    assertRefused(good.copy().setByte(5, 0xC0), "block size");
    assertRefused(good.copy().setByte(6, good.getByte(6) + 1), "header checksum");
    assertRefused(good.copy().setIntLE(7, 65537), "block of 65537");
    assertRefused(Unpooled.buffer().writeBytes(good.duplicate()).writeByte(0), "1 bytes after");
  }

  private static void assertRefused(ByteBuf lz4, String why) {
    assertThatThrownBy(() -> decompress(Compression.LZ4, lz4, 1000))
        .isInstanceOf(InvalidRecordException.class)
        .hasMessageContaining(why);
  }

  private static byte[][] samples() {
    Random random = new Random(42);
    return IntStream.of(SIZES)
        .boxed()
        .flatMap(
            size -> {
              byte[] mixed = KafkaBatches.bytes(random, size);
              Arrays.fill(mixed, size / 3, size, (byte) 'x');
              return java.util.stream.Stream.of(KafkaBatches.bytes(random, size), mixed);
            })
        .toArray(byte[][]::new);
  }

  private static int[] levels(Compression compression) {
    return switch (compression) {
      case NONE, SNAPPY -> new int[] {0};
      case GZIP -> new int[] {-1, 1, 9};
      case LZ4 -> new int[] {9, 1, 12};
      case ZSTD -> new int[] {3, -5, 12};
    };
  }

  static ByteBuf compressedByKafka(Compression compression, byte[] data) throws IOException {
    ByteBufferOutputStream out = new ByteBufferOutputStream(64);
    try (OutputStream stream =
        KafkaBatches.codec(compression).wrapForOutput(out, RecordBatch.MAGIC_VALUE_V2)) {
      stream.write(data);
    }
    ByteBuffer written = out.buffer();
    written.flip();
    return Unpooled.copiedBuffer(written);
  }

  static byte[] decompress(Compression compression, ByteBuf in, long maxBytes) {
    try (InputStream stream = compression.decompress(in, maxBytes)) {
      return stream.readAllBytes();
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }
}
