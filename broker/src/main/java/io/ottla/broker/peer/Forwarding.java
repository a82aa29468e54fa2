package io.ottla.broker.peer;

import io.ottla.broker.api.ApiHandler;
import io.ottla.broker.api.ClientConnection;
import io.ottla.metadata.controller.ControllerException;
import io.ottla.wire.ApiMessage;
import io.ottla.wire.ErrorCode;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Passes requests of clients on to the active controller. When its answer comes from another node,
 * it is given to the client only when this node's image has what it rests on, or after {@value
 * #IMAGE_WAIT_MS} ms: who was told that a topic is made will find it here. Any thread.
 */
public final class Forwarding {

  private static final Logger LOG = LoggerFactory.getLogger(Forwarding.class);

  static final long IMAGE_WAIT_MS = 1_000;

  private final NetworkControllerChannel controllers;
  private final ImageProgress image;
  private final long timeoutMs;

  /**
   * @param timeoutMs after which a request that no controller has answered fails with
   *     REQUEST_TIMED_OUT; it may have been carried out
   */
  public Forwarding(NetworkControllerChannel controllers, ImageProgress image, long timeoutMs) {
    this.controllers = controllers;
    this.image = image;
    this.timeoutMs = timeoutMs;
  }

  /**
   * A handler that passes on what it is given.
   *
   * @param local handles requests where the active controller is
   */
  public <Q extends ApiMessage> ApiHandler<Q> handler(ApiHandler<Q> local) {
    return new ForwardingHandler<>(local, this);
  }

  /**
   * Has a request of this node's own carried out, such as to make a topic that a client asked for.
   *
   * @param local handles it if the active controller is here
   * @return the answer, also if that says that the request failed; on any thread
   */
  public <Q extends ApiMessage> CompletableFuture<ApiMessage> ask(
      ApiHandler<Q> local, Q body, short version) {
    return pass(local, body, version, null, new OwnConnection(controllers.loop()));
  }

  /** Never fails but for a bug. */
  <Q extends ApiMessage> CompletableFuture<ApiMessage> pass(
      ApiHandler<Q> local, Q body, short version, String clientId, ClientConnection connection) {
    return controllers
        .ask(new ForwardedCall<>(local, body, version, clientId, connection), timeoutMs)
        .handle((result, failure) -> failure == null ? result : failed(local, failure))
        .thenCompose(
            result ->
                switch (result) {
                  case Forwarded.Answer answer -> whenSeenHere(answer, connection);
                  case Forwarded.Failed failed ->
                      CompletableFuture.completedFuture(
                          local.failure(body, version, failed.error()));
                  case Forwarded.Elsewhere _ ->
                      CompletableFuture.completedFuture(
                          local.failure(body, version, ErrorCode.NOT_CONTROLLER));
                });
  }

  private static Forwarded failed(ApiHandler<?> local, Throwable failure) {
    ErrorCode error = ControllerException.of(failure).error();
    if (error == ErrorCode.UNKNOWN_SERVER_ERROR) {
      LOG.error("A {} could not be passed on", local.api(), failure);
    } else {
      LOG.warn("A {} could not be passed on: {}", local.api(), failure.getMessage());
    }
    return new Forwarded.Failed(error);
  }

  private CompletableFuture<ApiMessage> whenSeenHere(
      Forwarded.Answer answer, ClientConnection connection) {
    CompletableFuture<ApiMessage> seen = new CompletableFuture<>();
    if (answer.offset() == Forwarded.NO_OFFSET) {
      seen.complete(answer.message());
      return seen;
    }
    Runnable cancel =
        connection.schedule(
            () -> seen.complete(answer.message()), IMAGE_WAIT_MS, TimeUnit.MILLISECONDS);
    var _ =
        image
            .whenReached(answer.offset())
            .whenComplete(
                (_, _) -> {
                  cancel.run();
                  seen.complete(answer.message());
                });
    return seen;
  }
}
