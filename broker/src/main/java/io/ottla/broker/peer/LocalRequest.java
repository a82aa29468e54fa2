package io.ottla.broker.peer;

import io.ottla.broker.api.ApiHandler;
import io.ottla.broker.api.ClientConnection;
import io.ottla.broker.api.Request;
import io.ottla.wire.ApiMessage;
import io.ottla.wire.ErrorCode;
import java.util.concurrent.CompletableFuture;

/**
 * A request that a handler of this node answers to this node: the answer goes into a future instead
 * of to a socket. For APIs without records.
 */
final class LocalRequest<Q extends ApiMessage> implements Request<Q> {

  private final ApiHandler<Q> handler;
  private final Q body;
  private final short version;
  private final String clientId;
  private final ClientConnection connection;
  private final CompletableFuture<ApiMessage> answer = new CompletableFuture<>();

  LocalRequest(
      ApiHandler<Q> handler, Q body, short version, String clientId, ClientConnection connection) {
    this.handler = handler;
    this.body = body;
    this.version = version;
    this.clientId = clientId;
    this.connection = connection;
  }

  /**
   * Has it handled, on the connection's event loop.
   *
   * @return what it was answered with; fails if it ended in another way
   */
  CompletableFuture<ApiMessage> run() {
    connection
        .eventLoop()
        .execute(
            () -> {
              try {
                handler.handle(this);
              } catch (RuntimeException e) {
                answer.completeExceptionally(e);
              }
            });
    return answer;
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
    if (recordBytes > 0) {
      ifNeverSent.run();
      end(null, new IllegalStateException("records in an answer of " + handler.api()));
    } else {
      end(response, null);
    }
  }

  private void end(ApiMessage response, Throwable failure) {
    boolean first =
        failure == null ? answer.complete(response) : answer.completeExceptionally(failure);
    if (!first) {
      throw new IllegalStateException(handler.api() + " was already answered");
    }
  }

  @Override
  public void fail(ErrorCode error) {
    respond(handler.failure(body, version, error));
  }

  @Override
  public void finishSilently() {
    end(null, new IllegalStateException(handler.api() + " gave no answer"));
  }

  @Override
  public void closeConnection(String reason) {
    end(null, new IllegalStateException(reason));
  }

  /** The body may be needed again, and has nothing in a frame. */
  @Override
  public void releaseFrame() {}
}
