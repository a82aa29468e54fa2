package io.ottla.broker.peer;

import io.ottla.wire.ApiKey;
import io.ottla.wire.ApiMessage;
import java.util.concurrent.CompletableFuture;

/**
 * The way to the active controller, whichever node that is: in process when it is this one. Any
 * thread.
 */
public interface ControllerChannel {

  /**
   * Asks the active controller. Looks for it, and asks again after a lost connection or
   * NOT_CONTROLLER, until the time is up.
   *
   * @return its answer, on any thread; fails when no controller answered in time, and then it is
   *     not known whether the request was carried out; or, with a client's request, with an {@link
   *     ActiveHereException}
   */
  CompletableFuture<ApiMessage> send(ApiKey api, ApiMessage request, long timeoutMs);
}
