package io.ottla.wire.proof;

import io.ottla.wire.RawTaggedField;
import io.ottla.wire.Uuid;
import io.ottla.wire.compiler.FieldSchema;
import io.ottla.wire.compiler.FieldType;
import io.ottla.wire.compiler.FieldType.ArrayOf;
import io.ottla.wire.compiler.FieldType.Scalar;
import io.ottla.wire.compiler.FieldType.StructRef;
import io.ottla.wire.compiler.MessageSchema;
import io.ottla.wire.compiler.StructSchema;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;

/** Makes random instances of a message in one version, fond of the ends of ranges. */
final class RandomValues {

  private static final String[] TEXTS = {
    "", "a", "topic-1", "größe", "漢字", "😀 ok", "\u0000\u007f"
  };
  private static final int[] LENGTHS = {0, 1, 2, 13, 63, 125, 126, 127, 128, 129, 300};
  private static final int LONGEST_STRING = Short.MAX_VALUE;

  private final MessageSchema message;
  private final int version;
  private final Random random;
  private boolean dropsSomething;

  RandomValues(MessageSchema message, int version, Random random) {
    this.message = message;
    this.version = version;
    this.random = random;
  }

  Value.Struct next() {
    dropsSomething = false;
    return struct(message.body(), 0);
  }

  /** Whether the last one has values that this version does not carry and may drop. */
  boolean dropsSomething() {
    return dropsSomething;
  }

  private Value.Struct struct(StructSchema schema, int depth) {
    Map<FieldSchema, Object> fields = new LinkedHashMap<>();
    for (FieldSchema field : schema.fields()) {
      boolean present = field.versions().contains(version);
      if (!present && (!field.ignorable() || random.nextInt(4) > 0)) {
        continue;
      }
      // Unset records are empty with us, and null, even where that cannot be written, with Kafka.
      if (field.type() != Scalar.RECORDS && random.nextInt(8) == 0) {
        continue;
      }
      dropsSomething |= !present;
      fields.put(field, value(field, depth));
    }
    return new Value.Struct(schema, fields, unknown(schema));
  }

  private Object value(FieldSchema field, int depth) {
    if (field.nullable().contains(version) && random.nextInt(5) == 0) {
      return null;
    }
    return value(field.type(), depth);
  }

  private Object value(FieldType type, int depth) {
    return switch (type) {
      case ArrayOf array -> list(array.element(), depth);
      case StructRef ref -> struct(message.struct(ref.name()), depth + 1);
      case Scalar scalar -> scalar(scalar);
    };
  }

  private List<Object> list(FieldType element, int depth) {
    int size = random.nextInt(depth < 2 ? 4 : 3);
    if (element instanceof Scalar scalar && scalar != Scalar.STRING && random.nextInt(16) == 0) {
      size = LENGTHS[random.nextInt(LENGTHS.length)];
    }
    List<Object> list = new ArrayList<>(size);
    for (int i = 0; i < size; i++) {
      list.add(value(element, depth));
    }
    return list;
  }

  private Object scalar(Scalar scalar) {
    return switch (scalar) {
      case BOOL -> random.nextBoolean();
      case INT8 -> (byte) number(8);
      case INT16 -> (short) number(16);
      case UINT16 -> (int) number(16) & 0xffff;
      case INT32 -> (int) number(32);
      case UINT32 -> number(32) & 0xffff_ffffL;
      case INT64 -> number(64);
      case FLOAT64 -> random.nextInt(4) == 0 ? 0d : random.nextGaussian() * 1e6;
      case UUID -> random.nextInt(4) == 0 ? Uuid.ZERO : new Uuid(number(64), number(64));
      case STRING -> text();
      case BYTES, RECORDS -> bytes();
    };
  }

  private long number(int bits) {
    long sign = 1L << (bits - 1);
    return switch (random.nextInt(7)) {
      case 0 -> 0;
      case 1 -> -1;
      case 2 -> sign;
      case 3 -> sign - 1;
      case 4 -> random.nextInt(100);
      default -> random.nextLong() >> (64 - bits);
    };
  }

  private String text() {
    if (random.nextInt(32) > 0) {
      return TEXTS[random.nextInt(TEXTS.length)];
    }
    int length = random.nextInt(64) == 0 ? LONGEST_STRING : LENGTHS[random.nextInt(LENGTHS.length)];
    return "x".repeat(length);
  }

  private byte[] bytes() {
    int length =
        random.nextInt(4) > 0 ? random.nextInt(8) : LENGTHS[random.nextInt(LENGTHS.length)];
    byte[] bytes = new byte[length];
    random.nextBytes(bytes);
    return bytes;
  }

  private List<RawTaggedField> unknown(StructSchema schema) {
    List<RawTaggedField> unknown = new ArrayList<>();
    if (message.flexible().contains(version) && random.nextInt(10) == 0) {
      int tag = 0;
      for (FieldSchema field : schema.fields()) {
        tag = Math.max(tag, field.tag().orElse(-1) + 1);
      }
      for (int i = random.nextInt(3); i >= 0; i--) {
        unknown.add(new RawTaggedField(tag, bytes()));
        tag += 1 + random.nextInt(100_000_000);
      }
    }
    return unknown;
  }
}
