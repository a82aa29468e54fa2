package io.ottla.metadata.controller;

import io.ottla.metadata.image.BrokerImage;
import java.util.concurrent.CompletableFuture;

/**
 * Finds out whether a broker's process is gone, which a broken connection alone does not say.
 * Implemented over the network by the broker.
 */
@FunctionalInterface
public interface BrokerProbe {

  /** Knows of nobody's end: every broker's session runs its time. */
  BrokerProbe NONE = broker -> CompletableFuture.completedFuture(false);

  /**
   * Looks for a broker where it said it listens. Any thread; must not block.
   *
   * @return true only if the broker's machine itself says that nobody listens there; false if
   *     somebody does, or nobody answers
   */
  CompletableFuture<Boolean> isGone(BrokerImage broker);
}
