package io.ottla.wire.record;

import static io.ottla.wire.record.Verdicts.RULES;
import static io.ottla.wire.record.Verdicts.validate;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.management.ThreadMXBean;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.ottla.wire.ErrorCode;
import java.io.IOException;
import java.io.InputStream;
import java.lang.management.ManagementFactory;
import java.util.Arrays;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.xerial.snappy.Snappy;

/** A megabyte that claims to be gigabytes is read up to the limit, in little memory. */
class DecompressionBombTest {

  private static final int BOMB_SIZE = 1 << 20;
  private static final long LIMIT = RULES.limits().maxBatchBytes();

  /** The codecs' windows and buffers; a block of LZ4 may have 4 MB. Bytes. */
  private static final long MAX_ALLOCATED = 12 << 20;

  private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

  @ParameterizedTest
  @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "NONE")
  void isReadUpToTheLimitInLittleMemory(Compression compression) throws IOException {
    ByteBuf bomb = bomb(compression);
    assertThat(bomb.readableBytes()).isBetween(BOMB_SIZE / 2, BOMB_SIZE * 3 / 2);
    drain(compression, bomb);
    long before = THREADS.getCurrentThreadAllocatedBytes();
    long count = drain(compression, bomb);
    assertThat(THREADS.getCurrentThreadAllocatedBytes() - before).isLessThan(MAX_ALLOCATED);
    assertThat(count).isLessThanOrEqualTo(LIMIT).isGreaterThan(LIMIT - (5 << 20));
  }

  /** Reads until the limit stops it. Returns how many bytes came before that. */
  private static long drain(Compression compression, ByteBuf bomb) throws IOException {
    byte[] chunk = new byte[64 * 1024];
    long count = 0;
    try (InputStream in = compression.decompress(bomb, LIMIT)) {
      for (int n = in.read(chunk); n >= 0; n = in.read(chunk)) {
        count += n;
      }
    } catch (InvalidRecordException e) {
      assertThat(e).hasMessageContaining("more than " + LIMIT + " bytes");
      return count;
    }
    throw new AssertionError("all of the bomb came out: " + count + " bytes");
  }

  @ParameterizedTest
  @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "NONE")
  void isRefusedByTheValidatorAndTheReader(Compression compression) throws IOException {
    // One record that is as long as a record can be.
    ByteBuf head = Unpooled.buffer();
    Varints.write(head, Integer.MAX_VALUE);
    head.writeZero(3);
    Varints.write(head, -1);
    Varints.write(head, Integer.MAX_VALUE - 100);
    ByteBuf batch = new RecordBatchBuilder(Unpooled.buffer()).append(1, new byte[0], null).build();
    batch.writerIndex(BatchHeader.SIZE);
    batch.writeBytes(bomb(compression, KafkaBatches.toArray(head)));
    batch.setShort(BatchHeader.ATTRIBUTES, compression.id());
    batch.setInt(BatchHeader.LENGTH, batch.writerIndex() - BatchHeader.LOG_OVERHEAD);
    KafkaBatches.sealed(batch);

    validate(batch, RULES);
    long before = THREADS.getCurrentThreadAllocatedBytes();
    BatchVerdict verdict = validate(batch, RULES);
    assertThat(THREADS.getCurrentThreadAllocatedBytes() - before).isLessThan(MAX_ALLOCATED);
    assertThat(verdict)
        .isEqualTo(
            BatchVerdict.Rejected.of(
                ErrorCode.INVALID_RECORD, "decompresses to more than " + LIMIT + " bytes"));

    // A reader has to hold the record, and does so as it comes: what is there, not what is claimed.
    before = THREADS.getCurrentThreadAllocatedBytes();
    try (RecordReader reader = new RecordReader()) {
      reader.open(KafkaBatches.view(batch), RULES.limits());
      assertThatThrownBy(reader::next).hasMessageContaining("more than " + LIMIT);
    }
    assertThat(THREADS.getCurrentThreadAllocatedBytes() - before).isLessThan(6 * LIMIT);
    try (RecordReader reader = new RecordReader()) {
      reader.open(KafkaBatches.view(batch), new DecompressionLimits(LIMIT, 1000));
      assertThatThrownBy(reader::next).hasMessageContaining("a record of 2147483647 bytes");
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {28, 29, 30, 31})
  void isNotGivenAZstdWindowOfMoreThan128Megabytes(int windowLog) {
    ByteBuf frame = zstdFrame(windowLog, new byte[0], 4);
    assertThatThrownBy(() -> CompressionTest.decompress(Compression.ZSTD, frame, LIMIT))
        .isInstanceOf(InvalidRecordException.class)
        .hasMessageContaining("too much memory");
    // The same with the greatest window allowed is only empty of surprises.
    assertThat(CompressionTest.decompress(Compression.ZSTD, zstdFrame(27, new byte[0], 4), LIMIT))
        .hasSize(4 * 128 * 1024);
  }

  private static ByteBuf bomb(Compression compression) throws IOException {
    return bomb(compression, new byte[0]);
  }

  private static ByteBuf bomb(Compression compression, byte[] head) throws IOException {
    return switch (compression) {
      case NONE -> throw new IllegalArgumentException();
      case GZIP -> gzip(head);
      case SNAPPY -> snappy(head);
      case LZ4 -> lz4(head);
      // 250 000 blocks of 128 KB each: 32 GB.
      case ZSTD -> zstdFrame(20, head, BOMB_SIZE / 4);
    };
  }

  /** Members of 100 MB one after the other: 1 GB. */
  private static ByteBuf gzip(byte[] head) throws IOException {
    ByteBuf member = CompressionTest.compressedByKafka(Compression.GZIP, new byte[100 << 20]);
    ByteBuf out =
        Unpooled.buffer().writeBytes(CompressionTest.compressedByKafka(Compression.GZIP, head));
    while (out.readableBytes() + member.readableBytes() / 2 < BOMB_SIZE) {
      out.writeBytes(member.duplicate());
    }
    return out;
  }

  /** Blocks that grow as much as snappy lets them, in xerial's frame: 21 MB. */
  private static ByteBuf snappy(byte[] head) throws IOException {
    byte[] block = Snappy.compress(new byte[1 << 20]);
    ByteBuf out = Unpooled.buffer().writeLong(0x82534e4150505900L).writeInt(1).writeInt(1);
    if (head.length > 0) {
      byte[] first = Snappy.compress(head);
      out.writeInt(first.length).writeBytes(first);
    }
    while (out.readableBytes() + block.length / 2 < BOMB_SIZE) {
      out.writeInt(block.length).writeBytes(block);
    }
    return out;
  }

  /** Blocks of 4 MB: 255 MB. */
  private static ByteBuf lz4(byte[] head) throws IOException {
    byte[] data = Arrays.copyOf(head, 250 << 20);
    java.io.ByteArrayOutputStream out = new java.io.ByteArrayOutputStream();
    try (var lz4 =
        new net.jpountz.lz4.LZ4FrameOutputStream(
            out,
            net.jpountz.lz4.LZ4FrameOutputStream.BLOCKSIZE.SIZE_4MB,
            net.jpountz.lz4.LZ4FrameOutputStream.FLG.Bits.BLOCK_INDEPENDENCE)) {
      lz4.write(data);
    }
    return Unpooled.wrappedBuffer(out.toByteArray());
  }

  /** A frame by hand (RFC 8878): some raw bytes, then blocks of one byte repeated 2^17 times. */
  private static ByteBuf zstdFrame(int windowLog, byte[] head, int blocks) {
    ByteBuf out = Unpooled.buffer();
    out.writeIntLE(0xFD2FB528).writeByte(0).writeByte((windowLog - 10) << 3);
    if (head.length > 0) {
      out.writeMediumLE(head.length << 3).writeBytes(head);
    }
    for (int i = 0; i < blocks; i++) {
      int last = i == blocks - 1 ? 1 : 0;
      out.writeMediumLE(((128 * 1024) << 3) | (1 << 1) | last).writeByte(0);
    }
    return out;
  }
}
