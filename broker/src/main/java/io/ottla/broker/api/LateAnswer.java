package io.ottla.broker.api;

import io.ottla.wire.ApiMessage;
import io.ottla.wire.ErrorCode;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Answers requests whose work ends elsewhere, whatever it ends with: a request that is never
 * answered keeps its memory and holds up all later ones of its connection. Any thread.
 */
public final class LateAnswer {

  private static final Logger LOG = LoggerFactory.getLogger(LateAnswer.class);

  private LateAnswer() {}

  /**
   * Answers when a result has come, on the thread that brings it. If the work fails, or making the
   * answer does, the request fails with UNKNOWN_SERVER_ERROR.
   *
   * @param answer makes the answer of the result
   */
  public static <R> void when(
      Request<?> request, CompletionStage<R> result, Function<R, ApiMessage> answer) {
    var _ =
        result.whenComplete(
            (value, failure) -> {
              if (failure != null) {
                failed(request, failure);
              } else {
                give(request, () -> answer.apply(value));
              }
            });
  }

  /** Makes an answer and gives it; if that fails, so does the request. */
  public static void give(Request<?> request, Making making) {
    ApiMessage answer;
    try {
      answer = making.answer();
    } catch (RuntimeException | OutOfMemoryError e) {
      failed(request, e);
      return;
    }
    request.respond(answer);
  }

  /** Fails a request for a reason that nobody foresaw. */
  public static void failed(Request<?> request, Throwable failure) {
    Throwable cause = failure instanceof CompletionException ? failure.getCause() : failure;
    LOG.error("A request of client {} failed", printable(request.clientId()), cause);
    request.fail(ErrorCode.UNKNOWN_SERVER_ERROR);
  }

  private static final int LOGGED_CHARS = 100;

  private static String printable(String clientId) {
    if (clientId == null) {
      return "(unnamed)";
    }
    String start = clientId.substring(0, Math.min(LOGGED_CHARS, clientId.length()));
    return start.replaceAll("\\p{Cntrl}", "?");
  }

  /** Makes an answer; may throw. */
  @FunctionalInterface
  public interface Making {
    ApiMessage answer();
  }
}
