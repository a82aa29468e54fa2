package io.ottla.broker.group;

import io.ottla.broker.api.ApiHandler;
import io.ottla.broker.api.Request;
import io.ottla.coordinator.RequestContext;
import io.ottla.wire.ApiMessage;
import java.util.function.Consumer;

/**
 * A handler that passes its requests to the group coordinator, in the order of the connection.
 *
 * @param <Q> the request
 * @param <R> the response
 */
abstract class GroupHandler<Q extends ApiMessage, R extends ApiMessage> implements ApiHandler<Q> {

  /**
   * Asks the coordinator.
   *
   * @param answer takes the response, once, on any thread
   * @return false if nothing has happened because the group's shard is overloaded
   */
  abstract boolean ask(RequestContext context, Q request, Consumer<R> answer);

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
