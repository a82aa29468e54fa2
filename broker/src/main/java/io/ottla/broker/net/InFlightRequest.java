package io.ottla.broker.net;

import io.ottla.broker.api.ApiHandler;
import io.ottla.broker.api.ClientConnection;
import io.ottla.broker.api.Request;
import io.ottla.wire.ApiMessage;
import io.ottla.wire.ErrorCode;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/**
 * A request from its frame to its answer. Filled on the event loop, answered from any thread, sent
 * on the event loop again.
 */
final class InFlightRequest<Q extends ApiMessage> implements Request<Q> {

  /** What became of a request. */
  sealed interface Outcome {

    /** A response to send. */
    record Response(ApiMessage message, int recordBytes, Runnable ifNeverSent) implements Outcome {}

    /** Nothing is to be sent. */
    record Silence() implements Outcome {}

    /** The connection is to be closed instead. */
    record Close(String reason) implements Outcome {}
  }

  private static final Outcome SILENCE = new Outcome.Silence();

  private static final VarHandle OUTCOME;

  static {
    try {
      OUTCOME =
          MethodHandles.lookup().findVarHandle(InFlightRequest.class, "outcome", Outcome.class);
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  private final Connection connection;
  private final ApiHandler<Q> handler;
  private final short version;
  private final int correlationId;
  private final String clientId;
  private final Q body;
  private final Frame frame;

  private volatile Outcome outcome;

  InFlightRequest(
      Connection connection,
      ApiHandler<Q> handler,
      short version,
      int correlationId,
      String clientId,
      Q body,
      Frame frame) {
    this.connection = connection;
    this.handler = handler;
    this.version = version;
    this.correlationId = correlationId;
    this.clientId = clientId;
    this.body = body;
    this.frame = frame;
  }

  ApiHandler<Q> handler() {
    return handler;
  }

  int correlationId() {
    return correlationId;
  }

  /** How the request ended, or null while it is in work. */
  Outcome outcome() {
    return outcome;
  }

  @Override
  public Q body() {
    return body;
  }

  @Override
  public short version() {
    return version;
  }

  @Override
  public String clientId() {
    return clientId;
  }

  @Override
  public ClientConnection connection() {
    return connection;
  }

  @Override
  public void respond(ApiMessage response, int recordBytes, Runnable ifNeverSent) {
    end(new Outcome.Response(response, recordBytes, ifNeverSent));
  }

  @Override
  public void fail(ErrorCode error) {
    respond(handler.failure(body, version, error));
  }

  @Override
  public void finishSilently() {
    end(SILENCE);
  }

  @Override
  public void closeConnection(String reason) {
    end(new Outcome.Close(reason));
  }

  @Override
  public void releaseFrame() {
    frame.release();
  }

  private void end(Outcome ended) {
    if (!OUTCOME.compareAndSet(this, null, ended)) {
      throw new IllegalStateException(
          handler.api() + " request " + correlationId + " was already answered");
    }
    frame.release();
    connection.onEnded();
  }
}
