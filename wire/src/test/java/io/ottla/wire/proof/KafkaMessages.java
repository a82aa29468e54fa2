package io.ottla.wire.proof;

import io.ottla.wire.RawTaggedField;
import io.ottla.wire.Uuid;
import io.ottla.wire.compiler.FieldSchema;
import io.ottla.wire.compiler.FieldType.Scalar;
import io.ottla.wire.compiler.MessageSchema;
import java.lang.reflect.Constructor;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.nio.ByteBuffer;
import java.util.List;

/** Kafka's class of one message, of one release: builds, writes and reads. */
final class KafkaMessages extends MessageBuilder {

  private final Class<?> type;
  private final Method read;
  private final Method toAccessor;
  private final Method buffer;
  private final Constructor<?> accessor;
  private final Constructor<?> uuid;
  private final Constructor<?> tagged;
  private final Method readableRecords;

  KafkaMessages(KafkaRelease release, MessageSchema message) {
    this(release, release.messageClass(message));
  }

  private KafkaMessages(KafkaRelease release, Class<?> type) {
    super(type);
    this.type = type;
    String protocol = "org.apache.kafka.common.protocol.";
    try {
      Class<?> accessorClass = release.load(protocol + "ByteBufferAccessor");
      accessor = accessorClass.getConstructor(ByteBuffer.class);
      buffer = accessorClass.getMethod("buffer");
      read = type.getMethod("read", release.load(protocol + "Readable"), short.class);
      toAccessor =
          release
              .load(protocol + "MessageUtil")
              .getMethod("toByteBufferAccessor", release.load(protocol + "Message"), short.class);
      uuid = release.load("org.apache.kafka.common.Uuid").getConstructor(long.class, long.class);
      tagged =
          release.load(protocol + "types.RawTaggedField").getConstructor(int.class, byte[].class);
      readableRecords =
          release
              .load("org.apache.kafka.common.record.internal.MemoryRecords")
              .getMethod("readableRecords", ByteBuffer.class);
    } catch (NoSuchMethodException e) {
      throw new IllegalStateException(e);
    }
  }

  byte[] write(Object message, int version) {
    ByteBuffer out =
        (ByteBuffer) invoke(buffer, invoke(toAccessor, null, message, (short) version));
    byte[] bytes = new byte[out.remaining()];
    out.get(bytes);
    return bytes;
  }

  Object read(byte[] bytes, int version) {
    try {
      Object message = type.getConstructor().newInstance();
      ByteBuffer in = ByteBuffer.wrap(bytes);
      invoke(read, message, accessor.newInstance(in), (short) version);
      if (in.hasRemaining()) {
        throw new AssertionError("Kafka left " + in.remaining() + " bytes unread");
      }
      return message;
    } catch (ReflectiveOperationException e) {
      throw new LinkageError("Kafka's classes are not as expected", e);
    }
  }

  private static Object invoke(Method method, Object target, Object... arguments) {
    try {
      return method.invoke(target, arguments);
    } catch (InvocationTargetException e) {
      if (e.getCause() instanceof RuntimeException cause) {
        throw cause;
      }
      throw new AssertionError(e.getCause());
    } catch (IllegalAccessException e) {
      throw new LinkageError("Kafka's classes are not as expected", e);
    }
  }

  @Override
  List<String> setterNames(FieldSchema field) {
    return List.of("set" + field.name());
  }

  @Override
  Object scalar(Scalar scalar, Object value, Class<?> wanted) {
    return switch (scalar) {
      case UUID -> {
        Uuid ours = (Uuid) value;
        yield newInstance(uuid, ours.mostSignificantBits(), ours.leastSignificantBits());
      }
      case BYTES -> wanted == ByteBuffer.class ? ByteBuffer.wrap((byte[]) value) : value;
      case RECORDS -> invoke(readableRecords, null, ByteBuffer.wrap((byte[]) value));
      default -> value;
    };
  }

  @Override
  Object taggedField(RawTaggedField field) {
    return newInstance(tagged, field.tag(), field.data());
  }

  private static Object newInstance(Constructor<?> constructor, Object... arguments) {
    try {
      return constructor.newInstance(arguments);
    } catch (ReflectiveOperationException e) {
      throw new LinkageError("Kafka's classes are not as expected", e);
    }
  }
}
