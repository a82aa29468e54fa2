package io.ottla.wire.record;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import java.io.IOException;
import java.io.InputStream;
import java.util.Objects;

/**
 * Bytes that come out of a codec, a window at a time, counted against a limit. The window is heap
 * memory from Netty's pool, given back by {@link #close}.
 *
 * <p>Whatever goes wrong is an {@link InvalidRecordException}. One thread at a time.
 */
abstract class DecompressedStream extends InputStream {

  private final long maxBytes;
  private long produced;
  private boolean ended;
  private boolean closed;

  private ByteBuf windowMemory;

  /** Bytes at hand: {@code window[position]} to {@code window[limit - 1]}. */
  private byte[] window = {};

  private int position;
  private int limit;

  DecompressedStream(long maxBytes) {
    this.maxBytes = maxBytes;
  }

  /**
   * Puts the next bytes into an array.
   *
   * @return how many; 0 only if it needs another call, -1 when no more will come
   */
  abstract int fill() throws IOException;

  /** Gives back what the codec holds besides the window. Called once. */
  void release() throws IOException {}

  /** The window's array, at least this large; its former content is gone. */
  final byte[] windowOf(int size) {
    if (windowMemory == null || windowMemory.capacity() < size) {
      if (windowMemory != null) {
        windowMemory.release();
        windowMemory = null;
      }
      windowMemory = ByteBufAllocator.DEFAULT.heapBuffer(size, size);
      window = windowMemory.array();
    }
    return window;
  }

  /** Where in {@link #windowOf}'s array the window begins. */
  final int windowStart() {
    return windowMemory.arrayOffset();
  }

  /** Bytes that may still come out before the limit is broken. */
  final long allowance() {
    return maxBytes - produced;
  }

  final InvalidRecordException overLimit() {
    return new InvalidRecordException("decompresses to more than " + maxBytes + " bytes");
  }

  /** Count of the bytes consumed so far. */
  final long consumed() {
    return produced - (limit - position);
  }

  /** Makes at least one byte available. False at the end. */
  private boolean refill() {
    if (ended) {
      return false;
    }
    int count;
    try {
      do {
        count = fill();
      } while (count == 0);
    } catch (InvalidRecordException e) {
      throw e;
    } catch (IOException | RuntimeException e) {
      throw new InvalidRecordException("cannot be decompressed: " + e.getMessage());
    }
    if (count < 0) {
      ended = true;
      return false;
    }
    produced += count;
    position = windowStart();
    limit = position + count;
    if (produced > maxBytes) {
      throw overLimit();
    }
    return true;
  }

  /** The next byte; there must be one. */
  final byte next() {
    if (position == limit && !refill()) {
      throw endsEarly();
    }
    return window[position++];
  }

  /** Passes over bytes that must be there. */
  final void pass(int count) {
    int left = count;
    while (left > limit - position) {
      left -= limit - position;
      position = limit;
      if (!refill()) {
        throw endsEarly();
      }
    }
    position += left;
  }

  /** Moves bytes that must be there to a buffer, which grows only as they come. */
  final void transfer(ByteBuf out, int count) {
    int left = count;
    while (left > 0) {
      if (position == limit && !refill()) {
        throw endsEarly();
      }
      int part = Math.min(left, limit - position);
      out.writeBytes(window, position, part);
      position += part;
      left -= part;
    }
  }

  final boolean isAtEnd() {
    return position == limit && !refill();
  }

  private static InvalidRecordException endsEarly() {
    return new InvalidRecordException("the records end early");
  }

  @Override
  public final int read() {
    return isAtEnd() ? -1 : window[position++] & 0xff;
  }

  @Override
  public final int read(byte[] out, int offset, int length) {
    Objects.checkFromIndexSize(offset, length, out.length);
    if (length == 0) {
      return 0;
    }
    if (isAtEnd()) {
      return -1;
    }
    int count = Math.min(length, limit - position);
    System.arraycopy(window, position, out, offset, count);
    position += count;
    return count;
  }

  @Override
  public final int available() {
    return limit - position;
  }

  @Override
  public final void close() {
    if (windowMemory != null) {
      windowMemory.release();
      windowMemory = null;
    }
    window = new byte[0];
    position = 0;
    limit = 0;
    if (!closed) {
      closed = true;
      ended = true;
      try {
        release();
      } catch (IOException e) {
        throw new InvalidRecordException("cannot be closed: " + e.getMessage());
      }
    }
  }
}
