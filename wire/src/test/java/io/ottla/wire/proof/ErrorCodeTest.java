package io.ottla.wire.proof;

import static org.assertj.core.api.Assertions.assertThat;

import io.ottla.wire.ErrorCode;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

class ErrorCodeTest {

  @Test
  void hasEveryCodeOfKafkaUnderItsName() throws ReflectiveOperationException {
    for (KafkaRelease release : List.of(KafkaRelease.V4_3, KafkaRelease.V4_4)) {
      Class<?> retriable = release.load("org.apache.kafka.common.errors.RetriableException");
      for (Enum<?> theirs : errors(release)) {
        ErrorCode ours = ErrorCode.valueOf(theirs.name());
        Object code = theirs.getDeclaringClass().getMethod("code").invoke(theirs);
        assertThat(ours.code()).as(theirs.name()).isEqualTo(code);
        Object exception = theirs.getDeclaringClass().getMethod("exception").invoke(theirs);
        assertThat(ours.isRetriable()).as(theirs.name()).isEqualTo(retriable.isInstance(exception));
        assertThat(ErrorCode.forCode(ours.code())).isSameAs(ours);
      }
    }
  }

  @Test
  void hasNoCodeThatKafkaDoesNotHave() {
    assertThat(Arrays.stream(ErrorCode.values()).map(Enum::name))
        .containsExactlyElementsOf(errors(KafkaRelease.V4_4).stream().map(Enum::name).toList());
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

  private static List<Enum<?>> errors(KafkaRelease release) {
    Object[] constants = release.load("org.apache.kafka.common.protocol.Errors").getEnumConstants();
    return Arrays.stream(constants).<Enum<?>>map(Enum.class::cast).toList();
  }
}
