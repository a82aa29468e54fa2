package io.ottla.wire.record;

import io.netty.buffer.ByteBuf;

/** Bytes as they are, for buffers that consist of several pieces of memory. */
final class PlainStream extends DecompressedStream {

  private static final int WINDOW = 16 * 1024;

  private final ByteBuf in;

  PlainStream(ByteBuf in, long maxBytes) {
    super(maxBytes);
    this.in = in.duplicate();
  }

  @Override
  int fill() {
    if (!in.isReadable()) {
      return -1;
    }
    int count = Math.min(WINDOW, in.readableBytes());
    in.readBytes(windowOf(WINDOW), windowStart(), count);
    return count;
  }
}
