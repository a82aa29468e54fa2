package io.ottla.broker.storage;

import static org.assertj.core.api.Assertions.assertThat;

import io.ottla.runtime.Clock;
import io.ottla.wire.message.FetchMetadataResponse;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class ClusterQuestionTest {

  @Test
  void asksUntilAControllerAnswers() {
    AtomicInteger asked = new AtomicInteger();
    ClusterQuestion question =
        new ClusterQuestion(
            request -> {
              assertThat(request.clusterId()).isNull();
              assertThat(request.brokerId()).isEqualTo(-1);
              return asked.incrementAndGet() < 3
                  ? CompletableFuture.failedFuture(new IllegalStateException("refused"))
                  : CompletableFuture.completedFuture(
                      new FetchMetadataResponse().clusterId("theirs").body(new byte[0]));
            },
            Clock.system(),
            60_000);
    assertThat(question.ask()).contains("theirs");
    assertThat(asked).hasValue(3);
  }

  @Test
  void givesUpWhenNobodyAnswers() {
    ClusterQuestion question =
        new ClusterQuestion(
            _ -> CompletableFuture.failedFuture(new IllegalStateException("refused")),
            Clock.system(),
            300);
    assertThat(question.ask()).isEmpty();
  }
}
