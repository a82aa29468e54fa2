package io.ottla.wire.record;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;

/**
 * A header of a record (KIP-82).
 *
 * @param value null if the header has none; not retained
 */
public record RecordHeader(String name, ByteBuf value) {

  /** A header whose value is text. */
  public static RecordHeader of(String name, String value) {
    return new RecordHeader(name, Unpooled.wrappedBuffer(value.getBytes(StandardCharsets.UTF_8)));
  }
}
