package io.ottla.wire.proof;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.ottla.wire.ApiMessage;
import io.ottla.wire.ProtocolWriter;
import io.ottla.wire.UnsupportedVersionException;
import io.ottla.wire.Uuid;
import io.ottla.wire.compiler.FieldSchema;
import io.ottla.wire.compiler.FieldType;
import io.ottla.wire.compiler.FieldType.ArrayOf;
import io.ottla.wire.compiler.FieldType.StructRef;
import io.ottla.wire.compiler.MessageSchema;
import io.ottla.wire.compiler.StructSchema;
import io.ottla.wire.message.RequestHeader;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Whatever the bytes are, reading them as any message either works or throws the one exception
 * meant for it, and takes no more memory than a fixed multiple of their number.
 */
class HostileBytesTest {

  /**
   * Heap bytes that one byte of a frame may cost. The dearest bytes are those of lists of small
   * structs: an element whose fields are all empty takes one byte per field and one for its tags,
   * and becomes an object of 16 bytes and more, an empty list for each field that may be null, and
   * a slot in the list. The dearest of today's messages takes 28.
   */
  private static final int HEAP_BYTES_PER_BYTE = 40;

  /**
   * What any decoding may cost: the lists on the way to where it fails, the exception, its text.
   */
  private static final int HEAP_BYTES_AT_LEAST = 4096;

  private static final int INSTANCES = 4;
  private static final int LONGEST_TO_CUT = 2000;
  private static final int MUTATIONS = 60;
  private static final int ELEMENTS = 2000;

  static List<String> messages() {
    return Stream.concat(Schemas.ALL.stream(), Schemas.PRIVATE.stream())
        .map(MessageSchema::name)
        .toList();
  }

  @ParameterizedTest
  @MethodSource("messages")
  void refusesMessagesThatAreCutAnywhere(String name) {
    forEachInstance(
        name,
        (ours, version, bytes, random) -> {
          for (int length = 0; length < Math.min(bytes.length, LONGEST_TO_CUT); length++) {
            Decoding cut = decode(ours, Arrays.copyOf(bytes, length), version);
            assertThat(cut.message()).as("cut at %d", length).isNull();
          }
        });
  }

  @ParameterizedTest
  @MethodSource("messages")
  void readsOrRefusesMessagesThatAreChangedAnywhere(String name) {
    forEachInstance(
        name,
        (ours, version, bytes, random) -> {
          for (int i = 0; i < MUTATIONS && bytes.length > 0; i++) {
            Decoding changed = decode(ours, mutated(bytes, random), version);
            if (changed.message() != null) {
              // What was read is a message like any other: it has a size and can be written.
              OurMessages.write(changed.message(), version);
              assertThat(changed.message().toString()).isNotEmpty();
            }
          }
        });
  }

  @ParameterizedTest
  @MethodSource("messages")
  void takesLittleMemoryForTheLongestListsOfTheSmallestElements(String name) {
    MessageSchema message = Schemas.named(name);
    OurMessages ours = new OurMessages(message);
    forEachList(
        message,
        message.body(),
        UnaryOperator.identity(),
        value -> {
          for (int v = message.versions().lowest(); v <= message.versions().highest(); v++) {
            byte[] bytes;
            try {
              bytes = OurMessages.write((ApiMessage) ours.build(value), v);
            } catch (UnsupportedVersionException e) {
              continue;
            }
            decode(ours, bytes, v);
          }
        });
  }

  @Test
  void takesLittleMemoryForTheMostUnknownTaggedFields() {
    OurMessages headers = new OurMessages(Schemas.named("RequestHeader"));
    ByteBuf bytes = Unpooled.buffer();
    ProtocolWriter out = new ProtocolWriter(bytes);
    bytes.writeZero(Short.BYTES + Short.BYTES + Integer.BYTES);
    out.writeNullableString(null, false);
    out.writeUnsignedVarint(ELEMENTS);
    for (int i = 0; i < ELEMENTS; i++) {
      out.writeUnsignedVarint(i % 128);
      out.writeUnsignedVarint(0);
    }

    Decoding decoding = decode(headers, ByteBufUtil.getBytes(bytes), 2);

    assertThat(((RequestHeader) decoding.message()).unknownTaggedFields()).hasSize(ELEMENTS);
  }

  private interface Instance {
    void accept(OurMessages ours, int version, byte[] bytes, Random random);
  }

  private static void forEachInstance(String name, Instance test) {
    MessageSchema message = Schemas.named(name);
    OurMessages ours = new OurMessages(message);
    for (int v = message.versions().lowest(); v <= message.versions().highest(); v++) {
      for (int i = 0; i < INSTANCES; i++) {
        long seed = Seeds.next();
        Random random = new Random(seed);
        try {
          Value.Struct value = new RandomValues(message, v, random).next();
          test.accept(ours, v, OurMessages.write((ApiMessage) ours.build(value), v), random);
        } catch (RuntimeException | AssertionError e) {
          throw new AssertionError(name + " version " + v + ", seed " + seed + ": " + e, e);
        }
      }
    }
  }

  /**
   * Decodes and checks the memory. The first time a class is used costs more, and does not count.
   */
  private static Decoding decode(OurMessages ours, byte[] bytes, int version) {
    long limit = HEAP_BYTES_AT_LEAST + (long) HEAP_BYTES_PER_BYTE * bytes.length;
    Decoding decoding = Decoding.of(ours, bytes, version);
    if (decoding.allocatedBytes() > limit) {
      decoding = Decoding.of(ours, bytes, version);
    }
    assertThat(decoding.allocatedBytes())
        .as("heap bytes for %d bytes", bytes.length)
        .isLessThanOrEqualTo(limit);
    return decoding;
  }

  private static byte[] mutated(byte[] original, Random random) {
    byte[] bytes = original.clone();
    int at = random.nextInt(bytes.length);
    switch (random.nextInt(6)) {
      case 0 -> bytes[at] ^= (byte) (1 << random.nextInt(8));
      case 1 -> bytes[at] = (byte) random.nextInt();
      case 2 -> fill(bytes, at, (byte) 0xff, (byte) 0xff, (byte) 0xff, (byte) 0xff, (byte) 0x0f);
      case 3 -> fill(bytes, at, (byte) 0x7f, (byte) 0xff, (byte) 0xff, (byte) 0xff);
      case 4 -> {
        for (int i = random.nextInt(8); i >= 0; i--) {
          bytes[random.nextInt(bytes.length)] = (byte) random.nextInt();
        }
      }
      default -> {
        int from = random.nextInt(bytes.length);
        int length = random.nextInt(bytes.length - Math.max(from, at) + 1);
        System.arraycopy(original, from, bytes, at, length);
      }
    }
    return bytes;
  }

  private static void fill(byte[] bytes, int at, byte... with) {
    System.arraycopy(with, 0, bytes, at, Math.min(with.length, bytes.length - at));
  }

  /** Visits each list, however deep, with a message in which it is long and all else is unset. */
  private static void forEachList(
      MessageSchema message,
      StructSchema struct,
      UnaryOperator<Value.Struct> outer,
      Consumer<Value.Struct> test) {
    for (FieldSchema field : struct.fields()) {
      FieldType type = field.type();
      if (type instanceof ArrayOf array) {
        for (Object element : smallest(message, array.element())) {
          List<Object> list = Collections.nCopies(ELEMENTS, element);
          test.accept(outer.apply(new Value.Struct(struct, Map.of(field, list), List.of())));
        }
        type = array.element();
      }
      if (type instanceof StructRef ref) {
        boolean list = field.type() instanceof ArrayOf;
        forEachList(
            message,
            message.struct(ref.name()),
            inner ->
                outer.apply(
                    new Value.Struct(
                        struct, Map.of(field, list ? List.of(inner) : inner), List.of())),
            test);
      }
    }
  }

  /** Elements of few bytes: one of each scalar; structs with null and with empty lists. */
  private static List<Object> smallest(MessageSchema message, FieldType type) {
    return switch (type) {
      case StructRef ref -> {
        StructSchema struct = message.struct(ref.name());
        Map<FieldSchema, Object> emptyLists = new HashMap<>();
        for (FieldSchema field : struct.fields()) {
          if (field.type() instanceof ArrayOf && field.isNullable()) {
            emptyLists.put(field, List.of());
          }
        }
        yield List.of(
            new Value.Struct(struct, Map.of(), List.of()),
            new Value.Struct(struct, emptyLists, List.of()));
      }
      case FieldType.Scalar scalar -> List.of(smallest(scalar));
      case ArrayOf array -> throw new IllegalArgumentException("a list of lists");
    };
  }

  /** Of few bytes, and none that Java keeps an object of. */
  private static Object smallest(FieldType.Scalar scalar) {
    return switch (scalar) {
      case BOOL -> false;
      case INT8 -> (byte) 0;
      case INT16 -> Short.MAX_VALUE;
      case UINT16, INT32 -> Integer.MAX_VALUE;
      case UINT32, INT64 -> Long.MAX_VALUE;
      case FLOAT64 -> 1d;
      case UUID -> new Uuid(1, 1);
      case STRING -> "x";
      case BYTES, RECORDS -> new byte[0];
    };
  }
}
