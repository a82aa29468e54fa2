package io.ottla.broker.peer;

import io.ottla.broker.api.ApiHandler;
import io.ottla.broker.api.LateAnswer;
import io.ottla.broker.api.Request;
import io.ottla.wire.ApiKey;
import io.ottla.wire.ApiMessage;
import io.ottla.wire.ErrorCode;

/** Serves an API of the controllers on any broker (KIP-590), see {@link Forwarding}. */
final class ForwardingHandler<Q extends ApiMessage> implements ApiHandler<Q> {

  private final ApiHandler<Q> local;
  private final Forwarding forwarding;

  ForwardingHandler(ApiHandler<Q> local, Forwarding forwarding) {
    this.local = local;
    this.forwarding = forwarding;
  }

  @Override
  public ApiKey api() {
    return local.api();
  }

  @Override
  public short oldestVersion() {
    return local.oldestVersion();
  }

  @Override
  public short latestVersion() {
    return local.latestVersion();
  }

  @Override
  public void handle(Request<Q> request) {
    request.releaseFrame(); // there are no records in it
    LateAnswer.when(
        request,
        forwarding.pass(
            local, request.body(), request.version(), request.clientId(), request.connection()),
        answer -> answer);
  }

  @Override
  public ApiMessage failure(Q request, short version, ErrorCode error) {
    return local.failure(request, version, error);
  }
}
