package io.ottla.wire.proof;

import com.sun.management.ThreadMXBean;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.ottla.wire.ApiMessage;
import io.ottla.wire.MalformedMessageException;
import io.ottla.wire.ProtocolReader;
import java.lang.management.ManagementFactory;

/**
 * Decodes bytes that may be anything.
 *
 * @param message what they were, or null if they were refused
 * @param remaining bytes that were left over
 * @param allocatedBytes what decoding took from the heap
 */
record Decoding(ApiMessage message, int remaining, long allocatedBytes) {

  private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

  /** Any exception but the one for malformed messages is passed on. */
  static Decoding of(OurMessages messages, byte[] bytes, int version) {
    ApiMessage message = messages.create();
    ByteBuf buffer = Unpooled.wrappedBuffer(bytes);
    long before = THREADS.getCurrentThreadAllocatedBytes();
    boolean understood = true;
    try {
      message.read(new ProtocolReader(buffer), (short) version);
    } catch (MalformedMessageException e) {
      understood = false;
    }
    long allocated = THREADS.getCurrentThreadAllocatedBytes() - before;
    return new Decoding(understood ? message : null, buffer.readableBytes(), allocated);
  }
}
