package io.ottla.broker.admin;

import io.ottla.broker.api.LateAnswer;
import io.ottla.broker.api.Request;
import io.ottla.metadata.controller.ControllerException;
import io.ottla.wire.ApiMessage;
import io.ottla.wire.ErrorCode;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Answers a request once: when what it waits for has come, or when its time is up. Answers are made
 * on the connection's event loop.
 */
final class TimedAnswer {

  private static final Logger LOG = LoggerFactory.getLogger(TimedAnswer.class);

  /** Makes the answer that says what went wrong with the request as a whole. */
  @FunctionalInterface
  interface Failure {
    ApiMessage of(ErrorCode error, String message);
  }

  private TimedAnswer() {}

  /**
   * Answers with the controller's result, or with its failure. On the event loop.
   *
   * @param timeoutMs after which REQUEST_TIMED_OUT is answered; the change may yet be made
   */
  static <R> void when(
      Request<?> request,
      CompletableFuture<R> result,
      int timeoutMs,
      Function<R, ApiMessage> answer,
      Failure failure) {
    AtomicBoolean answered = new AtomicBoolean();
    Consumer<LateAnswer.Making> once =
        answerMaking -> {
          if (answered.compareAndSet(false, true)) {
            LateAnswer.give(request, answerMaking);
          }
        };
    Runnable cancel =
        request
            .connection()
            .schedule(
                () ->
                    once.accept(
                        () ->
                            failure.of(
                                ErrorCode.REQUEST_TIMED_OUT,
                                ErrorCode.REQUEST_TIMED_OUT.message())),
                Math.max(0, timeoutMs),
                TimeUnit.MILLISECONDS);
    var _ =
        result.whenCompleteAsync(
            (value, thrown) -> {
              cancel.run();
              once.accept(() -> thrown == null ? answer.apply(value) : failed(thrown, failure));
            },
            request.connection().eventLoop());
  }

  private static ApiMessage failed(Throwable thrown, Failure failure) {
    ControllerException cause = ControllerException.of(thrown);
    if (cause.error() == ErrorCode.UNKNOWN_SERVER_ERROR) {
      LOG.error("The controller failed", thrown);
      return failure.of(cause.error(), cause.error().message());
    }
    return failure.of(cause.error(), cause.getMessage());
  }
}
