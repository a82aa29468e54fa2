package io.ottla.simulation;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.ottla.log.LogSlice;
import io.ottla.wire.ApiMessage;
import io.ottla.wire.BufferRecords;
import io.ottla.wire.ProtocolReader;
import io.ottla.wire.ProtocolWriter;
import io.ottla.wire.Records;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/** Messages as the bytes that go over a wire, records included. */
final class Wire {

  private record Splice(int index, Records records) {}

  private Wire() {}

  /**
   * The bytes of a message; its records are copied and released.
   *
   * @throws IOException if a record's file cannot be read
   */
  static ByteBuf encode(ApiMessage message, short version) throws IOException {
    List<Splice> splices = new ArrayList<>(0);
    int size = message.size(version);
    ByteBuf written = Unpooled.buffer(size);
    message.write(
        new ProtocolWriter(written, (index, records) -> splices.add(new Splice(index, records))),
        version);
    if (splices.isEmpty()) {
      return written;
    }
    ByteBuf whole = Unpooled.buffer(size);
    try {
      for (Splice splice : splices) {
        whole.writeBytes(written, splice.index - written.readerIndex());
        copy(splice.records, whole);
      }
    } finally {
      splices.forEach(splice -> splice.records.release());
    }
    return whole.writeBytes(written);
  }

  private static void copy(Records records, ByteBuf into) throws IOException {
    switch (records) {
      case LogSlice slice -> slice.copyTo(into);
      case BufferRecords memory ->
          into.writeBytes(
              memory.buffer(), memory.buffer().readerIndex(), memory.buffer().readableBytes());
      default -> throw new IllegalArgumentException("records of " + records.getClass());
    }
  }

  /** Reads the bytes into a message that is new. */
  static <M extends ApiMessage> M decode(M message, ByteBuf bytes, short version) {
    ProtocolReader reader = new ProtocolReader(bytes);
    message.read(reader, version);
    if (reader.remaining() > 0) {
      throw new IllegalStateException(
          message.getClass().getSimpleName()
              + " has "
              + reader.remaining()
              + " bytes after its end");
    }
    return message;
  }
}
