package io.ottla.simulation;

import io.ottla.broker.api.ApiHandler;
import io.ottla.broker.api.ClientConnection;
import io.ottla.broker.api.Request;
import io.ottla.wire.ApiMessage;
import io.ottla.wire.ErrorCode;

/** A request on a simulated connection, from its arrival to its answer. */
final class ServedRequest<Q extends ApiMessage> implements Request<Q> {

  /** What became of it. */
  sealed interface Outcome {

    record Response(ApiMessage message, Runnable ifNeverSent) implements Outcome {}

    record Silence() implements Outcome {}

    record Close() implements Outcome {}
  }

  private final ServedConnection connection;
  private final ApiHandler<Q> handler;
  private final ServedConnection.Asked asked;
  private final Q body;
  private Outcome outcome;

  ServedRequest(
      ServedConnection connection, ApiHandler<Q> handler, ServedConnection.Asked asked, Q body) {
    this.connection = connection;
    this.handler = handler;
    this.asked = asked;
    this.body = body;
  }

  ServedConnection.Asked asked() {
    return asked;
  }

  boolean isOver() {
    return outcome != null;
  }

  Outcome outcome() {
    return outcome;
  }

  /** Nobody is there any more to be answered. */
  void isNeverSent() {
    if (outcome instanceof Outcome.Response response) {
      response.ifNeverSent.run();
    }
  }

  @Override
  public Q body() {
    return body;
  }

  @Override
  public short version() {
    return asked.version();
  }

  @Override
  public String clientId() {
    return asked.clientId();
  }

  @Override
  public ClientConnection connection() {
    return connection;
  }

  @Override
  public void respond(ApiMessage response, int recordBytes, Runnable ifNeverSent) {
    end(new Outcome.Response(response, ifNeverSent));
  }

  @Override
  public void fail(ErrorCode error) {
    respond(handler.failure(body, version(), error));
  }

  @Override
  public void finishSilently() {
    end(new Outcome.Silence());
  }

  @Override
  public void closeConnection(String reason) {
    end(new Outcome.Close());
  }

  /** The bytes stay: a buffer on the heap of which nobody has to give anything back. */
  @Override
  public void releaseFrame() {}

  private void end(Outcome ended) {
    if (outcome != null) {
      throw new IllegalStateException(handler.api() + " was already answered");
    }
    outcome = ended;
    connection.onEnded();
  }
}
