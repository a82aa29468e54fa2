package io.ottla.wire.record;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import java.io.IOException;
import java.io.OutputStream;

/**
 * Makes a batch anew with another codec. The records go over byte by byte, so that everything but
 * the codec, the size and the CRC stays as it was. Stateless; any thread, but slow: not for shards
 * and event loops.
 */
public final class BatchRecompressor {

  private static final int CHUNK = 16 * 1024;

  private BatchRecompressor() {}

  /**
   * Makes the new batch.
   *
   * @param batch lies in its buffer to its last byte; not changed
   * @param level one that the target's {@link Compression#isValidLevel} accepts
   * @return a new buffer that holds the new batch, for the caller to release
   * @throws InvalidRecordException if the batch cannot be decompressed within the limits
   */
  public static ByteBuf recompress(
      RecordBatch batch,
      Compression target,
      int level,
      DecompressionLimits limits,
      ByteBufAllocator allocator) {
    Compression source = Compression.forId(batch.compressionId());
    if (source == null) {
      throw new InvalidRecordException("unknown codec " + batch.compressionId());
    }
    long maxBytes = source == Compression.NONE ? Long.MAX_VALUE : limits.maxBatchBytes();
    ByteBuf out = allocator.buffer(batch.sizeInBytes());
    boolean done = false;
    try {
      out.writeBytes(batch.buffer(), batch.start(), BatchHeader.SIZE);
      copy(source, batch.recordBytes(), maxBytes, target, level, out);
      RecordBatch made = new RecordBatch().wrap(out, 0);
      int attributes = (batch.attributes() & ~BatchHeader.COMPRESSION_MASK) | target.id();
      out.setShort(BatchHeader.ATTRIBUTES, attributes);
      out.setInt(BatchHeader.LENGTH, out.writerIndex() - BatchHeader.LOG_OVERHEAD);
      out.setInt(BatchHeader.CRC, made.computeCrc());
      done = true;
      return out;
    } finally {
      if (!done) {
        out.release();
      }
    }
  }

  private static void copy(
      Compression source, ByteBuf in, long maxBytes, Compression target, int level, ByteBuf out) {
    byte[] chunk = new byte[CHUNK];
    try (DecompressedStream from = source.open(in, maxBytes);
        OutputStream to = target.compress(out, level)) {
      for (int count = from.read(chunk, 0, CHUNK); count >= 0; count = from.read(chunk, 0, CHUNK)) {
        to.write(chunk, 0, count);
      }
    } catch (IOException e) {
      throw new IllegalStateException("memory does not fail", e);
    }
  }
}
