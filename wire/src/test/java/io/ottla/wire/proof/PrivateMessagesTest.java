package io.ottla.wire.proof;

import static org.assertj.core.api.Assertions.assertThat;

import io.ottla.wire.ApiMessage;
import io.ottla.wire.compiler.MessageSchema;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Messages of our own, of which Kafka can be no judge: what is written is what is read. */
class PrivateMessagesTest {

  private static final int INSTANCES = 200;

  static List<String> messages() {
    return Schemas.PRIVATE.stream().map(MessageSchema::name).toList();
  }

  @Test
  void areTheseAndNoOthers() {
    assertThat(messages())
        .containsExactlyInAnyOrder(
            "QuorumMessageRequest",
            "QuorumMessageResponse",
            "FetchMetadataRequest",
            "FetchMetadataResponse");
  }

  @ParameterizedTest
  @MethodSource("messages")
  void areReadAsTheyWereWritten(String name) {
    MessageSchema message = Schemas.named(name);
    OurMessages ours = new OurMessages(message);
    for (int v = message.versions().lowest(); v <= message.versions().highest(); v++) {
      for (int i = 0; i < INSTANCES; i++) {
        long seed = Seeds.next();
        ApiMessage written =
            (ApiMessage) ours.build(new RandomValues(message, v, new Random(seed)).next());
        assertThat(ours.read(OurMessages.write(written, v), v))
            .as("%s version %d, seed %d", name, v, seed)
            .isEqualTo(written);
      }
    }
  }
}
