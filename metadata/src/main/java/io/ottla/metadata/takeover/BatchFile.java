package io.ottla.metadata.takeover;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.ottla.wire.record.BatchHeader;
import io.ottla.wire.record.RecordBatch;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * Walks over the whole and valid batches of a file, a segment or a snapshot of Kafka's metadata
 * log; holds one batch at a time. One thread.
 */
final class BatchFile implements AutoCloseable {

  private static final int MIN_LENGTH = BatchHeader.SIZE - BatchHeader.LOG_OVERHEAD;

  private final Path path;
  private final FileChannel channel;
  private final long size;
  private final RecordBatch batch = new RecordBatch();
  private ByteBuffer bytes = ByteBuffer.allocate(64 * 1024);
  private long position;
  private String flaw;

  BatchFile(Path path) throws IOException {
    this.path = path;
    this.channel = FileChannel.open(path, StandardOpenOption.READ);
    this.size = channel.size();
  }

  /**
   * Moves to the next batch.
   *
   * @return null at the end, and in front of what is no valid batch; then {@link #flaw} says which
   */
  RecordBatch next() throws IOException {
    if (flaw != null || position == size) {
      return null;
    }
    if (size - position < BatchHeader.SIZE) {
      return flawed("only " + (size - position) + " bytes are left");
    }
    read(BatchHeader.SIZE);
    int length = bytes.getInt(BatchHeader.LENGTH);
    if (length == 0 && bytes.getLong(BatchHeader.BASE_OFFSET) == 0) {
      return flawed("there are zeros");
    }
    if (length < MIN_LENGTH || length > size - position - BatchHeader.LOG_OVERHEAD) {
      return flawed("a batch claims to have " + length + " bytes");
    }
    read(BatchHeader.LOG_OVERHEAD + length);
    ByteBuf view = Unpooled.wrappedBuffer(bytes);
    batch.wrap(view, 0);
    if (batch.magic() != BatchHeader.CURRENT_MAGIC || !batch.isCrcValid()) {
      return flawed("a batch does not match its checksum");
    }
    position += BatchHeader.LOG_OVERHEAD + length;
    return batch;
  }

  private RecordBatch flawed(String what) {
    flaw = path + ", byte " + position + ": " + what;
    return null;
  }

  /** What stands where the next batch should; null at the end of the file. */
  String flaw() {
    return flaw;
  }

  private void read(int count) throws IOException {
    if (bytes.capacity() < count) {
      bytes = ByteBuffer.allocate(Math.max(count, 2 * bytes.capacity()));
    }
    bytes.clear().limit(count);
    while (bytes.hasRemaining()) {
      if (channel.read(bytes, position + bytes.position()) < 0) {
        throw new IOException(path + " became shorter while it was read");
      }
    }
    bytes.flip();
  }

  @Override
  public void close() throws IOException {
    channel.close();
  }
}
