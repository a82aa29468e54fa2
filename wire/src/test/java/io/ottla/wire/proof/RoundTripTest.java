package io.ottla.wire.proof;

import static org.assertj.core.api.Assertions.assertThat;

import io.ottla.wire.ApiMessage;
import io.ottla.wire.compiler.MessageSchema;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Every message in every version means the same bytes to us as to Kafka's own classes. An instance
 * is made of random values twice, once of each side's class; both write, and both read what the
 * other wrote.
 */
class RoundTripTest {

  private static final int INSTANCES = 200;

  static List<String> messages() {
    return Schemas.ALL.stream().map(MessageSchema::name).toList();
  }

  @ParameterizedTest
  @MethodSource("messages")
  void writesAndReadsTheBytesKafkaDoes(String name) {
    MessageSchema message = Schemas.named(name);
    OurMessages ours = new OurMessages(message);
    KafkaMessages kafka44 = new KafkaMessages(KafkaRelease.V4_4, message);
    int latestIn43 =
        message.since44().isEmpty() ? message.versions().highest() : message.since44().lowest() - 1;
    KafkaMessages kafka43 =
        latestIn43 < message.versions().lowest()
            ? null
            : new KafkaMessages(KafkaRelease.V4_3, message);
    for (int v = message.versions().lowest(); v <= message.versions().highest(); v++) {
      for (int i = 0; i < INSTANCES; i++) {
        long seed = Seeds.next();
        try {
          RandomValues values = new RandomValues(message, v, new Random(seed));
          roundTrip(values, ours, kafka44, v <= latestIn43 ? kafka43 : null, v);
        } catch (RuntimeException | AssertionError e) {
          throw new AssertionError(name + " version " + v + ", seed " + seed + ": " + e, e);
        }
      }
    }
  }

  private static void roundTrip(
      RandomValues values,
      OurMessages ours,
      KafkaMessages kafka44,
      KafkaMessages kafka43,
      int version) {
    Value.Struct value = values.next();
    ApiMessage ourMessage = (ApiMessage) ours.build(value);
    byte[] ourBytes = OurMessages.write(ourMessage, version);
    byte[] kafkaBytes = kafka44.write(kafka44.build(value), version);
    assertSameBytes(ourBytes, kafkaBytes);

    ApiMessage read = ours.read(kafkaBytes, version);
    assertSameBytes(OurMessages.write(read, version), kafkaBytes);
    assertSameBytes(kafka44.write(kafka44.read(ourBytes, version), version), ourBytes);
    if (kafka43 != null) {
      assertSameBytes(kafka43.write(kafka43.read(ourBytes, version), version), ourBytes);
    }

    ApiMessage readAgain = ours.read(ourBytes, version);
    assertThat(readAgain).isEqualTo(read).hasSameHashCodeAs(read);
    if (!values.dropsSomething()) {
      assertThat(read).isEqualTo(ourMessage).hasSameHashCodeAs(ourMessage);
      assertThat(read.toString()).isEqualTo(ourMessage.toString());
    }
  }

  /**
   * AssertJ looks at each byte, which takes long for so many; it need only describe what differs.
   */
  private static void assertSameBytes(byte[] actual, byte[] expected) {
    if (!Arrays.equals(actual, expected)) {
      assertThat(actual).isEqualTo(expected);
    }
  }
}
