package io.ottla.wire.record;

import io.netty.buffer.ByteBuf;
import java.io.IOException;
import java.io.OutputStream;
import org.xerial.snappy.Snappy;
import org.xerial.snappy.SnappyOutputStream;

/**
 * Snappy in the two framings that producers use: xerial's (a header of 16 bytes, then blocks, each
 * after its length as a big-endian int32; several such streams may follow each other), and none at
 * all: the bytes are one raw snappy block (librdkafka, Sarama).
 */
final class SnappyStream extends DecompressedStream {

  /** What Kafka's clients write; bytes. */
  private static final int BLOCK_SIZE = 32 * 1024;

  /** First eight bytes of xerial's header: 0x82 "SNAPPY" 0. Two int32 versions follow. */
  private static final long MAGIC = 0x82534e4150505900L;

  private static final int MAGIC_HEAD = (int) (MAGIC >> 32);
  private static final int HEADER_SIZE = 16;

  /** Lowest version that may read what this version writes; higher ones are not known here. */
  private static final int COMPATIBLE_VERSION = 1;

  private final ByteBuf in;
  private boolean started;
  private boolean framed;

  SnappyStream(ByteBuf in, long maxBytes) {
    super(maxBytes);
    this.in = in.duplicate();
  }

  @Override
  int fill() throws IOException {
    if (!started) {
      started = true;
      framed = in.readableBytes() >= HEADER_SIZE && in.getLong(in.readerIndex()) == MAGIC;
      if (!framed) {
        return block(in.readableBytes());
      }
    }
    if (!in.isReadable()) {
      return -1;
    }
    if (!framed) {
      throw new InvalidRecordException("bytes after the snappy block");
    }
    if (in.readableBytes() < Integer.BYTES) {
      throw new InvalidRecordException("snappy block length cut off");
    }
    int length = in.readInt();
    if (length == MAGIC_HEAD) {
      header();
      return 0;
    }
    if (length < 0 || length > in.readableBytes()) {
      throw new InvalidRecordException(
          "snappy block of " + length + " bytes where " + in.readableBytes() + " are left");
    }
    return block(length);
  }

  /** Reads a header whose first four bytes have been read. */
  private void header() {
    in.readerIndex(in.readerIndex() - Integer.BYTES);
    if (in.readableBytes() < HEADER_SIZE || in.readLong() != MAGIC) {
      throw new InvalidRecordException("snappy header damaged");
    }
    in.skipBytes(Integer.BYTES);
    int compatible = in.readInt();
    if (compatible > COMPATIBLE_VERSION) {
      throw new InvalidRecordException("snappy framing of version " + compatible);
    }
  }

  private int block(int length) throws IOException {
    byte[] source;
    int offset;
    if (in.hasArray()) {
      source = in.array();
      offset = in.arrayOffset() + in.readerIndex();
    } else {
      source = new byte[length];
      in.getBytes(in.readerIndex(), source);
      offset = 0;
    }
    in.skipBytes(length);
    // Refuses a length that so few bytes cannot hold, so that none is allocated that is not there.
    int size = Snappy.uncompressedLength(source, offset, length);
    if (size > allowance()) {
      throw overLimit();
    }
    byte[] window = windowOf(Math.max(size, BLOCK_SIZE));
    return Snappy.uncompress(source, offset, length, window, windowStart());
  }

  static OutputStream output(OutputStream out) {
    return new SnappyOutputStream(out, BLOCK_SIZE);
  }
}
