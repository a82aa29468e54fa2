package io.ottla.wire.proof;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.ottla.wire.ApiMessage;
import io.ottla.wire.BufferRecords;
import io.ottla.wire.ProtocolReader;
import io.ottla.wire.ProtocolWriter;
import io.ottla.wire.RawTaggedField;
import io.ottla.wire.compiler.FieldSchema;
import io.ottla.wire.compiler.FieldType.Scalar;
import io.ottla.wire.compiler.MessageSchema;
import java.util.List;

/** Our class of one message: builds, writes and reads. */
final class OurMessages extends MessageBuilder {

  private final Class<?> type;

  OurMessages(MessageSchema message) {
    this(load(message));
  }

  private OurMessages(Class<?> type) {
    super(type);
    this.type = type;
  }

  private static Class<?> load(MessageSchema message) {
    try {
      return Class.forName("io.ottla.wire.message." + message.name());
    } catch (ClassNotFoundException e) {
      throw new LinkageError(message.name(), e);
    }
  }

  ApiMessage create() {
    try {
      return (ApiMessage) type.getConstructor().newInstance();
    } catch (ReflectiveOperationException e) {
      throw new LinkageError(type.getName(), e);
    }
  }

  /** Writes into a buffer of the announced size; more or less than that is an error. */
  static byte[] write(ApiMessage message, int version) {
    int size = message.size((short) version);
    ByteBuf out = Unpooled.buffer(size, size);
    message.write(new ProtocolWriter(out), (short) version);
    if (out.writerIndex() != size) {
      throw new AssertionError("announced " + size + " bytes, wrote " + out.writerIndex());
    }
    return out.hasArray() && out.array().length == size ? out.array() : ByteBufUtil.getBytes(out);
  }

  /** Reads, and checks that nothing is left. */
  ApiMessage read(byte[] bytes, int version) {
    ApiMessage message = create();
    ProtocolReader in = new ProtocolReader(Unpooled.wrappedBuffer(bytes));
    message.read(in, (short) version);
    if (in.remaining() > 0) {
      throw new AssertionError(in.remaining() + " bytes were not read");
    }
    return message;
  }

  @Override
  List<String> setterNames(FieldSchema field) {
    String name = Character.toLowerCase(field.name().charAt(0)) + field.name().substring(1);
    return List.of(name, name + "_");
  }

  @Override
  Object scalar(Scalar type, Object value, Class<?> wanted) {
    return type == Scalar.RECORDS
        ? new BufferRecords(Unpooled.wrappedBuffer((byte[]) value))
        : value;
  }

  @Override
  Object taggedField(RawTaggedField field) {
    return field;
  }
}
