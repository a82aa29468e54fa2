package io.ottla.log;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.ottla.wire.record.BatchHeader;
import io.ottla.wire.record.RecordBatch;
import java.io.IOException;
import java.nio.ByteBuffer;

/**
 * Walks over the batches in a segment's file, header by header, reading a chunk at a time. Owned by
 * one thread; one cursor serves many files, one after the other.
 */
final class BatchCursor {

  /** Why {@link #next()} stopped. */
  enum End {
    /** At the limit, or at zeros behind the last batch of a preallocated file. */
    CLEAN,
    /** A batch starts before the limit and ends behind it. */
    CUT_SHORT,
    /** What stands there is no batch header. */
    NOT_A_BATCH
  }

  private static final ThreadLocal<BatchCursor> OF_THREAD =
      ThreadLocal.withInitial(() -> new BatchCursor(8192));

  private static final int MIN_LENGTH = BatchHeader.SIZE - BatchHeader.LOG_OVERHEAD;

  private final RecordBatch batch = new RecordBatch();
  private ByteBuffer chunk;
  private ByteBuf view;

  private LogFile file;
  private int limit;
  private int chunkPosition;
  private int position;
  private int nextPosition;
  private End end;

  BatchCursor(int chunkBytes) {
    allocate(chunkBytes);
  }

  /** The calling thread's own cursor, for a search that ends before the next one starts. */
  static BatchCursor ofThread() {
    return OF_THREAD.get();
  }

  int chunkBytes() {
    return chunk.capacity();
  }

  /** Starts before the batch at a position; what lies at or behind the limit is not read. */
  BatchCursor start(LogFile file, int position, int limit) {
    this.file = file;
    this.limit = limit;
    this.nextPosition = position;
    this.position = position;
    chunk.clear().limit(0);
    chunkPosition = position;
    end = End.CLEAN;
    return this;
  }

  /**
   * Moves to the next batch.
   *
   * @return false at the end; then {@link #end()} says of which kind it is, and {@link
   *     #nextPosition()} where
   */
  boolean next() throws IOException {
    if (nextPosition >= limit) {
      return false;
    }
    int available = ensure(nextPosition, BatchHeader.SIZE);
    int at = nextPosition - chunkPosition;
    if (available < BatchHeader.LOG_OVERHEAD) {
      end = available > 0 && isZero(at, available) ? End.CLEAN : End.CUT_SHORT;
      return false;
    }
    batch.wrap(view, at);
    int length = batch.length();
    if (length == 0 && isZero(at, available)) {
      return false;
    }
    if (length < MIN_LENGTH) {
      end = End.NOT_A_BATCH;
      return false;
    }
    if (available < BatchHeader.SIZE || length > limit - nextPosition - BatchHeader.LOG_OVERHEAD) {
      boolean headerFits = available > BatchHeader.MAGIC;
      end =
          headerFits && batch.magic() != BatchHeader.CURRENT_MAGIC
              ? End.NOT_A_BATCH
              : End.CUT_SHORT;
      return false;
    }
    if (batch.magic() != BatchHeader.CURRENT_MAGIC || batch.lastOffsetDelta() < 0) {
      end = End.NOT_A_BATCH;
      return false;
    }
    position = nextPosition;
    nextPosition = position + BatchHeader.LOG_OVERHEAD + length;
    return true;
  }

  /** The batch's header; of the records, nothing need be there. Valid until the next call. */
  RecordBatch header() {
    return batch;
  }

  /** Reads the whole batch and returns it. Valid until the next call. */
  RecordBatch whole() throws IOException {
    int size = nextPosition - position;
    if (ensure(position, size) < size) {
      throw new IOException("batch at position " + position + " could not be read to its end");
    }
    return batch.wrap(view, position - chunkPosition);
  }

  /** Whether the batch behind this one is whole, its checksum right. Moves on to it. */
  boolean isFollowedByWhole() throws IOException {
    return next() && whole().isCrcValid();
  }

  int position() {
    return position;
  }

  /** Where the batch after this one starts, or would. */
  int nextPosition() {
    return nextPosition;
  }

  End end() {
    return end;
  }

  /** Makes sure that bytes from a position are in the chunk; returns how many there are. */
  private int ensure(int from, int count) throws IOException {
    int have = chunkPosition + chunk.limit() - from;
    if (from >= chunkPosition && have >= count) {
      return have;
    }
    if (count > chunk.capacity()) {
      allocate(Math.max(count, Math.min(2 * chunk.capacity(), Integer.MAX_VALUE - 8)));
    }
    chunk.clear();
    chunk.limit(Math.min(chunk.capacity(), limit - from));
    while (chunk.hasRemaining()) {
      int read = file.read(chunk, (long) from + chunk.position());
      if (read <= 0) {
        break;
      }
    }
    chunk.flip();
    chunkPosition = from;
    return chunk.limit();
  }

  private boolean isZero(int at, int count) {
    for (int i = at; i < at + count; i++) {
      if (chunk.get(i) != 0) {
        return false;
      }
    }
    return true;
  }

  private void allocate(int capacity) {
    chunk = ByteBuffer.allocateDirect(capacity);
    view = Unpooled.wrappedBuffer(chunk);
    chunk.limit(0);
  }
}
