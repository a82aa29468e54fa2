package io.ottla.coordinator;

import io.netty.buffer.ByteBuf;

/** Knows the record types of one internal topic. Stateless; any thread. */
public interface CoordinatorRecordDecoder {

  /**
   * Decodes a record. The buffers are read from their reader index and not kept.
   *
   * @param type the record type, already taken off the key
   * @param key the rest of the key
   * @param value the value, or null for a tombstone
   * @return the record, or null if this coordinator does not know or need the type
   * @throws io.ottla.wire.MalformedMessageException if the bytes are not what the type says
   * @throws io.ottla.wire.UnsupportedVersionException if the value is of a version from the future
   */
  CoordinatorRecord decode(short type, ByteBuf key, ByteBuf value);
}
