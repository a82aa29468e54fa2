package io.ottla.metadata.controller;

import io.ottla.metadata.image.BrokerImage;
import java.util.concurrent.CompletableFuture;

/**
 * Finds out whether a broker's process is gone, which a session only shows after its time. Called
 * by the controller's shard; must not block.
 */
public interface BrokerProbe {

  /** For where nothing can be found out: only the session's end tells. */
  BrokerProbe NONE = broker -> CompletableFuture.completedFuture(false);

  /**
   * Asks the broker's host.
   *
   * @return true when the host has answered that nobody listens where the broker did; false when it
   *     is there, or cannot be told. Completed soon, by any thread; never fails
   */
  CompletableFuture<Boolean> isGone(BrokerImage broker);
}
