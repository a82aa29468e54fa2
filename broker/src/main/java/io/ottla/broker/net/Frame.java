package io.ottla.broker.net;

import io.netty.buffer.ByteBuf;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * One request's bytes, without the length prefix, and the memory admitted for them. Released once,
 * from any thread; later calls do nothing.
 */
public final class Frame {

  private final ByteBuf bytes;
  private final int length;
  private final RequestMemory memory;
  private final AtomicBoolean released = new AtomicBoolean();

  Frame(ByteBuf bytes, RequestMemory memory) {
    this.bytes = bytes;
    this.length = bytes.readableBytes();
    this.memory = memory;
  }

  public ByteBuf bytes() {
    return bytes;
  }

  public int length() {
    return length;
  }

  public void release() {
    if (released.compareAndSet(false, true)) {
      bytes.release();
      memory.release(length);
    }
  }
}
