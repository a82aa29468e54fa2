package io.ottla.broker.controller;

import io.ottla.broker.api.ApiHandler;
import io.ottla.broker.api.LateAnswer;
import io.ottla.broker.api.Request;
import io.ottla.metadata.controller.ControllerException;
import io.ottla.wire.ApiMessage;
import io.ottla.wire.ErrorCode;
import java.util.concurrent.CompletableFuture;

/** A broker's request that this node's controller carries out, if it is the active one. */
abstract class BrokerCallHandler<Q extends ApiMessage> implements ApiHandler<Q> {

  /** Hands the request to the controller. Does not block. */
  abstract CompletableFuture<? extends ApiMessage> call(Q request);

  /** Takes note of who asks by which connection. On the connection's event loop. */
  void noteCaller(Request<Q> request) {}

  @Override
  public final void handle(Request<Q> request) {
    noteCaller(request);
    var _ =
        call(request.body())
            .whenComplete(
                (answer, failure) -> {
                  if (failure == null) {
                    request.respond(answer);
                    return;
                  }
                  ControllerException cause = ControllerException.of(failure);
                  if (cause.error() == ErrorCode.UNKNOWN_SERVER_ERROR) {
                    LateAnswer.failed(request, failure);
                  } else {
                    request.fail(cause.error());
                  }
                });
  }
}
