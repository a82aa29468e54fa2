package io.ottla.broker.peer;

import io.ottla.broker.api.ApiHandler;
import io.ottla.broker.api.ClientConnection;
import io.ottla.wire.ApiKey;
import io.ottla.wire.ApiMessage;
import io.ottla.wire.ErrorCode;
import io.ottla.wire.MalformedMessageException;
import io.ottla.wire.UnsupportedVersionException;
import io.ottla.wire.message.EnvelopeResponse;
import java.util.concurrent.CompletableFuture;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A client's request for the active controller: handled by this node's handler when that is here,
 * in an envelope else.
 */
record ForwardedCall<Q extends ApiMessage>(
    ApiHandler<Q> handler, Q body, short version, String clientId, ClientConnection connection)
    implements ControllerCall<Forwarded> {

  private static final Logger LOG = LoggerFactory.getLogger(ForwardedCall.class);

  @Override
  public Lane lane() {
    return Lane.BULK;
  }

  @Override
  public ApiKey api() {
    return ApiKey.ENVELOPE;
  }

  @Override
  public ApiMessage request() {
    return Envelopes.wrap(handler.api(), version, clientId, body, connection.peer());
  }

  /** Topics are not made twice: as long as the controller stays the same, it is waited for. */
  @Override
  public long attemptTimeoutMs() {
    return Long.MAX_VALUE;
  }

  @Override
  public Forwarded answered(ApiMessage response) {
    EnvelopeResponse envelope = (EnvelopeResponse) response;
    ErrorCode error = ErrorCode.forCode(envelope.errorCode());
    if (error == ErrorCode.NOT_CONTROLLER) {
      return new Forwarded.Elsewhere();
    }
    if (error != ErrorCode.NONE || envelope.responseData() == null) {
      LOG.error("The active controller refuses a forwarded {}: {}", handler.api(), error);
      return new Forwarded.Failed(ErrorCode.UNKNOWN_SERVER_ERROR);
    }
    try {
      return new Forwarded.Answer(
          Envelopes.response(handler.api(), version, envelope.responseData()),
          Envelopes.offset(envelope));
    } catch (MalformedMessageException | UnsupportedVersionException e) {
      LOG.error("The active controller's answer to {} cannot be read", handler.api(), e);
      return new Forwarded.Failed(ErrorCode.UNKNOWN_SERVER_ERROR);
    }
  }

  @Override
  public CompletableFuture<Forwarded> doHere() {
    return new LocalRequest<>(handler, body, version, clientId, connection)
        .run()
        .thenApply(
            answer ->
                ControllerAnswers.isNotController(answer)
                    ? new Forwarded.Elsewhere()
                    : new Forwarded.Answer(answer, Forwarded.NO_OFFSET));
  }

  @Override
  public boolean isElsewhere(Forwarded result) {
    return result instanceof Forwarded.Elsewhere;
  }
}
