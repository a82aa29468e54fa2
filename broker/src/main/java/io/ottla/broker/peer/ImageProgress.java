package io.ottla.broker.peer;

import java.util.concurrent.CompletableFuture;

/** Tells when this node's published image is new enough. Any thread. */
@FunctionalInterface
public interface ImageProgress {

  /** Completes when the image at this offset of the metadata log, or a newer one, is published. */
  CompletableFuture<Void> whenReached(long offset);
}
