package io.ottla.broker.api;

import io.ottla.coordinator.RequestContext;
import io.ottla.wire.ApiMessage;
import java.util.function.Consumer;

/**
 * A handler that passes its requests to a coordinator, in the order of the connection.
 *
 * @param <Q> the request
 * @param <R> the response
 */
public abstract class CoordinatorHandler<Q extends ApiMessage, R extends ApiMessage>
    implements ApiHandler<Q> {

  /**
   * Asks the coordinator.
   *
   * @param answer takes the response, once, on any thread
   * @return false if nothing has happened because the shard of its partition is overloaded
   */
  protected abstract boolean ask(RequestContext context, Q request, Consumer<R> answer);

  @Override
  public final void handle(Request<Q> request) {
    request.releaseFrame();
    RequestContext context =
        new RequestContext(
            request.version(),
            request.clientId(),
            "/" + request.connection().peer().getHostAddress());
    request.connection().handOver(() -> ask(context, request.body(), request::respond));
  }
}
