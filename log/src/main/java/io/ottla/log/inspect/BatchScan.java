package io.ottla.log.inspect;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.ottla.wire.record.BatchHeader;
import io.ottla.wire.record.RecordBatch;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.zip.CRC32C;

/**
 * Walks over the batches of a file, from its start to the first byte that is none. Holds headers
 * only, unless the records of a batch are asked for.
 */
final class BatchScan implements AutoCloseable {

  /** Records of larger batches are not looked into. */
  static final int MAX_LOADED_BYTES = 128 << 20;

  private static final int MIN_LENGTH = BatchHeader.SIZE - BatchHeader.LOG_OVERHEAD;
  private static final int CHUNK = 64 * 1024;

  private final FileChannel channel;
  private final long fileSize;
  private final ByteBuffer chunk = ByteBuffer.allocate(CHUNK).limit(0);
  private final ByteBuf chunkView = Unpooled.wrappedBuffer(ByteBuffer.wrap(chunk.array()));
  private final RecordBatch header = new RecordBatch();
  private long chunkPosition;
  private long position;
  private long nextPosition;
  private String flaw;
  private boolean zeros;

  BatchScan(Path path) throws IOException {
    this.channel = FileChannel.open(path, StandardOpenOption.READ);
    this.fileSize = channel.size();
  }

  /**
   * Moves to the next batch.
   *
   * @return false at the end, and in front of what is no batch: then {@link #flaw} says why
   */
  boolean next() throws IOException {
    if (flaw != null || nextPosition >= fileSize) {
      return false;
    }
    long left = fileSize - nextPosition;
    int available = fill(nextPosition, (int) Math.min(left, BatchHeader.SIZE));
    int at = (int) (nextPosition - chunkPosition);
    if (isZero(at, available) && restIsZero()) {
      zeros = true;
      return false;
    }
    if (available < BatchHeader.SIZE) {
      return flawed("the last " + left + " bytes are less than a batch's header");
    }
    header.wrap(chunkView, at);
    int length = header.length();
    if (header.magic() != BatchHeader.CURRENT_MAGIC) {
      return flawed("this is no batch: its magic is " + header.magic());
    }
    if (length < MIN_LENGTH || header.lastOffsetDelta() < 0 || header.recordCount() < 0) {
      return flawed("this is no batch: its length is " + length);
    }
    if (length > left - BatchHeader.LOG_OVERHEAD) {
      return flawed(
          "a batch of " + length + " bytes begins here, and only " + left + " bytes are left");
    }
    position = nextPosition;
    nextPosition = position + BatchHeader.LOG_OVERHEAD + length;
    return true;
  }

  private boolean flawed(String why) {
    flaw = why;
    return false;
  }

  /** The header of the batch; valid until the next call. */
  RecordBatch header() {
    return header;
  }

  long position() {
    return position;
  }

  /** Where the batch after this one begins, or what is no batch. */
  long nextPosition() {
    return nextPosition;
  }

  int sizeInBytes() {
    return (int) (nextPosition - position);
  }

  /** Why what follows is no batch; null if nothing follows but zeros. */
  String flaw() {
    return flaw;
  }

  /** Whether the file ends with zeros, as one that was made larger in advance does. */
  boolean endsWithZeros() {
    return zeros;
  }

  /** Computes the checksum of the batch anew, piece by piece. */
  boolean isCrcValid() throws IOException {
    int expected = header.crc();
    CRC32C crc = new CRC32C();
    ByteBuffer piece = ByteBuffer.allocate((int) Math.min(CHUNK, sizeInBytes()));
    long at = position + BatchHeader.ATTRIBUTES;
    while (at < nextPosition) {
      piece.clear().limit((int) Math.min(piece.capacity(), nextPosition - at));
      if (channel.read(piece, at) < 0) {
        return false;
      }
      at += piece.position();
      crc.update(piece.flip());
    }
    return (int) crc.getValue() == expected;
  }

  /** The whole batch, or null if it is too large to be looked into. */
  RecordBatch whole() throws IOException {
    if (sizeInBytes() > MAX_LOADED_BYTES) {
      return null;
    }
    ByteBuffer bytes = ByteBuffer.allocate(sizeInBytes());
    while (bytes.hasRemaining()) {
      if (channel.read(bytes, position + bytes.position()) < 0) {
        throw new IOException("the file became shorter while it was read");
      }
    }
    return new RecordBatch().wrap(Unpooled.wrappedBuffer(bytes.flip()), 0);
  }

  private int fill(long from, int count) throws IOException {
    long have = chunkPosition + chunk.limit() - from;
    if (from < chunkPosition || have < count) {
      chunk.clear();
      while (chunk.hasRemaining() && channel.read(chunk, from + chunk.position()) > 0) {
        // Until the chunk is full or the file ends.
      }
      chunk.flip();
      chunkPosition = from;
      have = chunk.limit();
    }
    return (int) Math.min(have, Integer.MAX_VALUE);
  }

  private boolean isZero(int at, int count) {
    for (int i = at; i < at + Math.min(count, BatchHeader.SIZE); i++) {
      if (chunk.get(i) != 0) {
        return false;
      }
    }
    return true;
  }

  private boolean restIsZero() throws IOException {
    ByteBuffer piece = ByteBuffer.allocate(CHUNK);
    for (long at = nextPosition; at < fileSize; ) {
      piece.clear();
      int read = channel.read(piece, at);
      for (int i = 0; i < read; i++) {
        if (piece.get(i) != 0) {
          return false;
        }
      }
      if (read <= 0) {
        return true;
      }
      at += read;
    }
    return true;
  }

  @Override
  public void close() throws IOException {
    channel.close();
  }
}
