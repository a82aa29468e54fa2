package io.ottla.wire;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.util.ReferenceCountUtil;

/**
 * Record bytes in memory: on a request, a slice of the frame that carried it.
 *
 * @param buffer readable bytes are the records; the reader index is not moved by those who look
 */
public record BufferRecords(ByteBuf buffer) implements Records {

  /** No records at all. */
  public static final BufferRecords EMPTY = new BufferRecords(Unpooled.EMPTY_BUFFER);

  @Override
  public int sizeInBytes() {
    return buffer.readableBytes();
  }

  @Override
  public void release() {
    ReferenceCountUtil.release(buffer);
  }
}
