package io.ottla.wire.record;

import io.netty.buffer.ByteBuf;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import net.jpountz.lz4.LZ4Compressor;
import net.jpountz.lz4.LZ4Factory;
import net.jpountz.lz4.LZ4FrameOutputStream;
import net.jpountz.lz4.LZ4FrameOutputStream.BLOCKSIZE;
import net.jpountz.lz4.LZ4FrameOutputStream.FLG;
import net.jpountz.lz4.LZ4SafeDecompressor;
import net.jpountz.xxhash.XXHash32;
import net.jpountz.xxhash.XXHashFactory;

/**
 * One LZ4 frame (format 1.5.1) with independent blocks of at most 4 MB. The frame is taken apart
 * here, so that the blocks are read where they lie and come out in pooled memory; blocks and
 * checksums are lz4-java's.
 *
 * <p>Header and block checksums are verified. The content checksum is not: the batch's CRC covers
 * the same bytes.
 */
final class Lz4Stream extends DecompressedStream {

  private static final int MAGIC = 0x184D2204;

  private static final int VERSION_MASK = 0xC0;
  private static final int VERSION = 0x40;
  private static final int BLOCK_INDEPENDENCE = 0x20;
  private static final int BLOCK_CHECKSUM = 0x10;
  private static final int CONTENT_SIZE = 0x08;
  private static final int CONTENT_CHECKSUM = 0x04;
  private static final int FLAGS_RESERVED = 0x03;
  private static final int DESCRIPTOR_RESERVED = 0x8F;

  /** In a block's length: the block is stored as it is. */
  private static final int STORED = 0x80000000;

  private static final LZ4SafeDecompressor DECOMPRESSOR =
      LZ4Factory.fastestInstance().safeDecompressor();
  private static final XXHash32 HASH = XXHashFactory.fastestInstance().hash32();

  private final ByteBuffer in;
  private int flags;

  /** Zero until the header has been read; bytes. */
  private int maxBlockSize;

  /** The window as a ByteBuffer, which is how the decompressor wants it. */
  private ByteBuffer target;

  Lz4Stream(ByteBuf in, long maxBytes) {
    super(maxBytes);
    this.in = in.nioBuffer().order(ByteOrder.LITTLE_ENDIAN);
  }

  @Override
  int fill() {
    if (maxBlockSize == 0) {
      header();
      target = ByteBuffer.wrap(windowOf(maxBlockSize));
    }
    need(Integer.BYTES);
    int length = in.getInt();
    if (length == 0) {
      end();
      return -1;
    }
    boolean stored = (length & STORED) != 0;
    length &= ~STORED;
    if (length > maxBlockSize) {
      throw new InvalidRecordException(
          "LZ4 block of " + length + " bytes in a frame of blocks of " + maxBlockSize);
    }
    need(length);
    int start = in.position();
    in.position(start + length);
    if ((flags & BLOCK_CHECKSUM) != 0) {
      need(Integer.BYTES);
      if (in.getInt() != HASH.hash(in, start, length, 0)) {
        throw new InvalidRecordException("LZ4 block checksum is wrong");
      }
    }
    if (stored) {
      in.get(start, target.array(), windowStart(), length);
      return length;
    }
    return DECOMPRESSOR.decompress(in, start, length, target, windowStart(), maxBlockSize);
  }

  private void header() {
    need(Integer.BYTES + 3);
    if (in.getInt() != MAGIC) {
      throw new InvalidRecordException("not an LZ4 frame");
    }
    int start = in.position();
    flags = in.get();
    int descriptor = in.get();
    if ((flags & VERSION_MASK) != VERSION || (flags & FLAGS_RESERVED) != 0) {
      throw new InvalidRecordException("unknown LZ4 frame flags " + (flags & 0xff));
    }
    if ((flags & BLOCK_INDEPENDENCE) == 0) {
      throw new InvalidRecordException("LZ4 blocks that lean on each other are not supported");
    }
    int sizeCode = descriptor >> 4;
    if ((descriptor & DESCRIPTOR_RESERVED) != 0 || sizeCode < 4) {
      throw new InvalidRecordException("unknown LZ4 block size " + (descriptor & 0xff));
    }
    if ((flags & CONTENT_SIZE) != 0) {
      need(Long.BYTES + 1);
      in.position(in.position() + Long.BYTES);
    }
    int hash = HASH.hash(in, start, in.position() - start, 0);
    if (in.get() != (byte) (hash >> 8)) {
      throw new InvalidRecordException("LZ4 header checksum is wrong");
    }
    maxBlockSize = 1 << (2 * sizeCode + 8);
  }

  private void end() {
    if ((flags & CONTENT_CHECKSUM) != 0) {
      need(Integer.BYTES);
      in.position(in.position() + Integer.BYTES);
    }
    if (in.hasRemaining()) {
      throw new InvalidRecordException(in.remaining() + " bytes after the LZ4 frame");
    }
  }

  private void need(int count) {
    if (in.remaining() < count) {
      throw new InvalidRecordException("LZ4 frame cut off");
    }
  }

  /** As Kafka's producer does, the default level means the fast compressor. */
  static OutputStream output(OutputStream out, int level) throws IOException {
    LZ4Factory factory = LZ4Factory.fastestInstance();
    LZ4Compressor compressor =
        level == Compression.LZ4.defaultLevel()
            ? factory.fastCompressor()
            : factory.highCompressor(level);
    return new LZ4FrameOutputStream(
        out, BLOCKSIZE.SIZE_64KB, -1L, compressor, HASH, FLG.Bits.BLOCK_INDEPENDENCE);
  }
}
