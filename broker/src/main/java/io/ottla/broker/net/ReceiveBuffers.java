package io.ottla.broker.net;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.channel.AdaptiveRecvByteBufAllocator;
import io.netty.channel.RecvByteBufAllocator;
import io.netty.util.UncheckedBooleanSupplier;

/**
 * Where a connection's next read lands. While a large frame is being received the socket is read
 * straight into that frame's own memory, so its bytes are never moved in user space; otherwise into
 * a chunk that may hold many small frames.
 *
 * <p>One per connection, used on its event loop.
 */
final class ReceiveBuffers implements RecvByteBufAllocator {

  private static final int MIN_CHUNK = 1024;
  private static final int FIRST_CHUNK = 8 * 1024;
  private static final int MAX_CHUNK = 128 * 1024;

  /** Memory of a frame is taken in pieces of this size, as its bytes arrive. */
  static final int PIECE = 1024 * 1024;

  private final RecvByteBufAllocator chunks =
      new AdaptiveRecvByteBufAllocator(MIN_CHUNK, FIRST_CHUNK, MAX_CHUNK);

  private int expected;
  private ByteBuf piece;
  private int filled;
  private ByteBuf handedOut;

  /** Tells that the next this many bytes belong to one frame; 0 for none. */
  void expect(int bytes) {
    expected = bytes;
  }

  /**
   * Takes note of a buffer that was read into.
   *
   * @return true if it was part of a frame's memory; it is then released here
   */
  @SuppressWarnings("ReferenceEquality")
  boolean take(ByteBuf read) {
    if (read != handedOut) {
      return false;
    }
    filled += read.readableBytes();
    expected -= read.readableBytes();
    handedOut = null;
    read.release();
    return true;
  }

  /**
   * @return the frame's piece if it is full; the caller owns it
   */
  ByteBuf fullPiece() {
    if (piece == null || filled < piece.capacity()) {
      return null;
    }
    ByteBuf full = piece.writerIndex(filled);
    piece = null;
    return full;
  }

  /** Whether a piece is partly filled: reads must go on into it. */
  boolean hasPiece() {
    return piece != null;
  }

  void release() {
    if (piece != null) {
      piece.release();
      piece = null;
    }
  }

  private ByteBuf intoFrame(ByteBufAllocator allocator) {
    if (piece == null) {
      int size = Math.min(expected, PIECE);
      piece = allocator.directBuffer(size, size);
      filled = 0;
    }
    handedOut = piece.retainedSlice(filled, piece.capacity() - filled).writerIndex(0);
    return handedOut;
  }

  @Override
  @SuppressWarnings("deprecation")
  public Handle newHandle() {
    return new IntoFrameOrChunk((ExtendedHandle) chunks.newHandle());
  }

  /** The adaptive handle, but for where the next read goes. */
  private final class IntoFrameOrChunk extends DelegatingHandle implements ExtendedHandle {

    private final ExtendedHandle adaptive;

    IntoFrameOrChunk(ExtendedHandle adaptive) {
      super(adaptive);
      this.adaptive = adaptive;
    }

    @Override
    public ByteBuf allocate(ByteBufAllocator allocator) {
      return expected > 0 ? intoFrame(allocator) : super.allocate(allocator);
    }

    @Override
    public int guess() {
      return expected > 0 ? Math.min(expected, PIECE) : super.guess();
    }

    @Override
    public boolean continueReading(UncheckedBooleanSupplier maybeMoreDataSupplier) {
      return adaptive.continueReading(maybeMoreDataSupplier);
    }
  }
}
