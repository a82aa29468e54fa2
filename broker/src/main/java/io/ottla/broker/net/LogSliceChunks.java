package io.ottla.broker.net;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.stream.ChunkedInput;
import io.ottla.log.LogSlice;
import java.io.IOException;

/**
 * A slice of a log on its way to a connection that encrypts: read piece by piece, as the socket
 * takes them, so that a large answer takes little memory. Owns the slice. On the event loop.
 */
final class LogSliceChunks implements ChunkedInput<ByteBuf> {

  /** Four records of TLS. */
  static final int CHUNK_BYTES = 64 * 1024;

  private final LogSlice slice;
  private int sent;
  private boolean closed;

  LogSliceChunks(LogSlice slice) {
    this.slice = slice;
  }

  @Override
  public boolean isEndOfInput() {
    return sent >= slice.sizeInBytes();
  }

  @Override
  public void close() {
    if (!closed) {
      closed = true;
      slice.release();
    }
  }

  @Override
  @Deprecated
  public ByteBuf readChunk(ChannelHandlerContext ctx) throws IOException {
    return readChunk(ctx.alloc());
  }

  @Override
  public ByteBuf readChunk(ByteBufAllocator allocator) throws IOException {
    int count = Math.min(CHUNK_BYTES, slice.sizeInBytes() - sent);
    if (count == 0) {
      return null;
    }
    ByteBuf chunk = allocator.directBuffer(count, count);
    try {
      slice.copyTo(chunk, sent, count);
    } catch (IOException | RuntimeException e) {
      chunk.release();
      throw e;
    }
    sent += count;
    return chunk;
  }

  @Override
  public long length() {
    return slice.sizeInBytes();
  }

  @Override
  public long progress() {
    return sent;
  }
}
