package io.ottla.wire.proof;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ottla.wire.ApiMessage;
import io.ottla.wire.UnsupportedVersionException;
import io.ottla.wire.Uuid;
import io.ottla.wire.compiler.FieldSchema;
import io.ottla.wire.compiler.FieldType;
import io.ottla.wire.compiler.FieldType.ArrayOf;
import io.ottla.wire.compiler.FieldType.Scalar;
import io.ottla.wire.compiler.FieldType.StructRef;
import io.ottla.wire.compiler.MessageSchema;
import io.ottla.wire.compiler.StructSchema;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * What a version cannot carry is refused where Kafka's classes refuse it, and dropped where they
 * drop it: for every field of every message, in every version.
 */
class VersionRulesTest {

  static List<String> messages() {
    return RoundTripTest.messages();
  }

  @ParameterizedTest
  @MethodSource("messages")
  void refusesAndDropsWhatKafkaDoes(String name) {
    MessageSchema message = Schemas.named(name);
    OurMessages ours = new OurMessages(message);
    KafkaMessages kafka = new KafkaMessages(KafkaRelease.V4_4, message);
    forEachLoneField(
        message,
        (field, value) -> {
          for (int v = message.versions().lowest(); v <= message.versions().highest(); v++) {
            String what = name + "." + field.name() + " in version " + v;
            byte[] kafkaBytes = writtenByKafka(kafka, value, v);
            ApiMessage ourMessage = (ApiMessage) ours.build(value);
            if (kafkaBytes != null) {
              assertThat(OurMessages.write(ourMessage, v)).as(what).isEqualTo(kafkaBytes);
            } else {
              int version = v;
              assertThatThrownBy(() -> OurMessages.write(ourMessage, version))
                  .as(what)
                  .isInstanceOf(UnsupportedVersionException.class);
            }
          }
        });
  }

  @ParameterizedTest
  @MethodSource("messages")
  void refusesVersionsTheMessageDoesNotHave(String name) {
    MessageSchema message = Schemas.named(name);
    ApiMessage empty = new OurMessages(message).create();
    for (int v : new int[] {message.versions().lowest() - 1, message.versions().highest() + 1}) {
      assertThatThrownBy(() -> empty.size((short) v))
          .isInstanceOf(UnsupportedVersionException.class);
      assertThatThrownBy(() -> empty.write(null, (short) v))
          .isInstanceOf(UnsupportedVersionException.class);
      assertThatThrownBy(() -> empty.read(null, (short) v))
          .isInstanceOf(UnsupportedVersionException.class);
    }
  }

  private interface LoneField {
    void accept(FieldSchema field, Value.Struct message);
  }

  /** Visits each field, however deep, with a message in which it is the only one set. */
  private static void forEachLoneField(MessageSchema message, LoneField visitor) {
    visit(message, message.body(), value -> value, visitor);
  }

  private interface Wrapping {
    Value.Struct wrap(Value.Struct inner);
  }

  private static void visit(
      MessageSchema message, StructSchema struct, Wrapping outer, LoneField visitor) {
    for (FieldSchema field : struct.fields()) {
      FieldType element = field.type() instanceof ArrayOf array ? array.element() : field.type();
      if (element instanceof StructRef ref) {
        boolean list = field.type() instanceof ArrayOf;
        visit(
            message,
            message.struct(ref.name()),
            inner -> outer.wrap(struct(struct, field, list ? List.of(inner) : inner)),
            visitor);
      } else if (element != Scalar.RECORDS) {
        visitor.accept(field, outer.wrap(struct(struct, field, notDefault(field))));
      }
      if (field.isNullable() && element != Scalar.RECORDS) {
        visitor.accept(field, outer.wrap(struct(struct, field, null)));
      }
    }
  }

  private static Value.Struct struct(StructSchema schema, FieldSchema field, Object value) {
    Map<FieldSchema, Object> fields = new HashMap<>();
    for (FieldSchema other : schema.fields()) {
      if (other.type() == Scalar.RECORDS) {
        // Unset records are empty with us, and null, even where that cannot be written, with Kafka.
        fields.put(other, new byte[0]);
      }
    }
    fields.put(field, value);
    return new Value.Struct(schema, fields, List.of());
  }

  private static Object notDefault(FieldSchema field) {
    return field.type() instanceof ArrayOf array
        ? List.of(notDefault((Scalar) array.element(), ""))
        : notDefault((Scalar) field.type(), field.defaultValue().orElse(""));
  }

  private static Object notDefault(Scalar type, String defaultValue) {
    return switch (type) {
      case BOOL -> !defaultValue.equals("true");
      case INT8 -> (byte) 77;
      case INT16 -> (short) 77;
      case UINT16, INT32 -> 77;
      case UINT32, INT64 -> 77L;
      case FLOAT64 -> 7.7;
      case UUID -> new Uuid(7, 7);
      case STRING -> "seventy-seven";
      case BYTES, RECORDS -> new byte[] {77};
    };
  }

  /** Null if Kafka refuses. */
  private static byte[] writtenByKafka(KafkaMessages kafka, Value.Struct value, int version) {
    try {
      return kafka.write(kafka.build(value), version);
    } catch (NullPointerException e) {
      // Kafka's way to say that a null cannot be written in this version.
      return null;
    } catch (RuntimeException e) {
      assertThat(e.getClass().getSimpleName()).isEqualTo("UnsupportedVersionException");
      return null;
    }
  }
}
