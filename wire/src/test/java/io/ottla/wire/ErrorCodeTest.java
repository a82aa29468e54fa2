package io.ottla.wire;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.List;
import org.apache.kafka.common.errors.RetriableException;
import org.apache.kafka.common.protocol.Errors;
import org.junit.jupiter.api.Test;

class ErrorCodeTest {

  /** Codes that came after the Kafka version the tests run with (4.3). */
  private static final List<ErrorCode> OF_KAFKA_4_4 =
      List.of(
          ErrorCode.GROUP_DELETION_FAILED,
          ErrorCode.STREAMS_TOPOLOGY_DESCRIPTION_UPDATE_FAILED,
          ErrorCode.CONTROLLER_ID_NOT_REGISTERED);

  @Test
  void hasEveryCodeOfKafkaUnderItsName() {
    for (Errors theirs : Errors.values()) {
      ErrorCode ours = ErrorCode.valueOf(theirs.name());
      assertThat(ours.code()).as(theirs.name()).isEqualTo(theirs.code());
      assertThat(ours.isRetriable())
          .as(theirs.name())
          .isEqualTo(theirs.exception() instanceof RetriableException);
      assertThat(ErrorCode.forCode(theirs.code())).isSameAs(ours);
    }
  }

  @Test
  void hasNoCodeThatKafkaDoesNotHave() {
    assertThat(Arrays.stream(ErrorCode.values()).filter(e -> !OF_KAFKA_4_4.contains(e)))
        .extracting(Enum::name)
        .containsExactlyElementsOf(Arrays.stream(Errors.values()).map(Enum::name).toList());
    assertThat(OF_KAFKA_4_4)
        .extracting(ErrorCode::code)
        .containsExactly((short) 134, (short) 135, (short) 136);
  }

  @Test
  void takesACodeItDoesNotKnowForAnUnknownServerError() {
    assertThat(ErrorCode.forCode((short) -2)).isSameAs(ErrorCode.UNKNOWN_SERVER_ERROR);
    assertThat(ErrorCode.forCode((short) 137)).isSameAs(ErrorCode.UNKNOWN_SERVER_ERROR);
    assertThat(ErrorCode.forCode(Short.MIN_VALUE)).isSameAs(ErrorCode.UNKNOWN_SERVER_ERROR);
    assertThat(ErrorCode.forCode(Short.MAX_VALUE)).isSameAs(ErrorCode.UNKNOWN_SERVER_ERROR);
  }

  @Test
  void saysInWordsWhatWentWrong() {
    for (ErrorCode error : ErrorCode.values()) {
      assertThat(error.message()).as(error.name()).endsWith(".");
    }
  }
}
