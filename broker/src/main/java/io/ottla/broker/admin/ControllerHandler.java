package io.ottla.broker.admin;

import io.ottla.broker.api.ApiHandler;
import io.ottla.broker.api.Request;
import io.ottla.wire.ApiMessage;
import io.ottla.wire.ErrorCode;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;

/**
 * A handler that passes its requests to the active controller as they are, and its responses back.
 * It runs where the active controller is; other nodes forward what they get.
 *
 * @param <Q> the request
 * @param <R> the response
 */
abstract class ControllerHandler<Q extends ApiMessage, R extends ApiMessage>
    implements ApiHandler<Q> {

  /** For requests that bring no timeout of their own: that of Kafka's clients. */
  static final int DEFAULT_TIMEOUT_MS = 30_000;

  private final Function<Q, CompletableFuture<R>> controller;

  /**
   * @param controller the controller's method for this request
   */
  ControllerHandler(Function<Q, CompletableFuture<R>> controller) {
    this.controller = controller;
  }

  /** How long the client waits. */
  abstract int timeoutMs(Q request);

  /** The answer that says what went wrong with the request as a whole. */
  abstract R refusal(Q request, short version, ErrorCode error, String message);

  /** What is wrong with a request that the controller need not see, or null. */
  RefusedException flaw(Q request, short version) {
    return null;
  }

  @Override
  public final void handle(Request<Q> request) {
    Q body = request.body();
    short version = request.version();
    RefusedException flaw = flaw(body, version);
    if (flaw != null) {
      request.respond(refusal(body, version, flaw.error(), flaw.getMessage()));
      return;
    }
    TimedAnswer.when(
        request,
        controller.apply(body),
        timeoutMs(body),
        response -> inVersion(response, version),
        (error, message) -> refusal(body, version, error, message));
  }

  /** The controller's response as a version can carry it. */
  R inVersion(R response, short version) {
    return response;
  }

  @Override
  public final ApiMessage failure(Q request, short version, ErrorCode error) {
    return refusal(request, version, error, error.message());
  }
}
