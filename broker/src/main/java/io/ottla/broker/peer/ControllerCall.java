package io.ottla.broker.peer;

import io.ottla.wire.ApiKey;
import io.ottla.wire.ApiMessage;
import java.util.concurrent.CompletableFuture;

/**
 * One thing to have done by the active controller, wherever that is. May be asked for several
 * times, because the active controller may change.
 *
 * @param <R> what comes of it
 */
interface ControllerCall<R> {

  /** Whose queue it may stand in. */
  enum Lane {
    /** A broker's session depends on it. */
    URGENT,
    /** May be large, and may take long. */
    BULK
  }

  Lane lane();

  ApiKey api();

  /** What to send to another node. */
  ApiMessage request();

  /**
   * How long one controller may take before another is asked; {@link Long#MAX_VALUE} if it must not
   * be asked of two.
   */
  long attemptTimeoutMs();

  /** What another node's answer means; on an event loop. */
  R answered(ApiMessage response);

  /** Has it done by this node's controller. */
  CompletableFuture<R> doHere();

  /** Whether this result means that another controller is to be asked. */
  boolean isElsewhere(R result);
}
