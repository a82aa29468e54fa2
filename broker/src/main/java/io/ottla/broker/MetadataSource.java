package io.ottla.broker;

import io.ottla.metadata.image.MetadataPublication;
import java.util.concurrent.CompletableFuture;

/** Where this node's metadata comes from: its own vote, or a controller's feed. */
interface MetadataSource extends AutoCloseable {

  /** Begins to take metadata in; may block until this node takes part. */
  void start();

  /** Completed when a controller can be asked at once; a broker may ask before. */
  CompletableFuture<Void> takesPart();

  /** Where it is published. */
  MetadataPublication publication();

  /**
   * Before a clean stop: leaves to others what they would miss. Completes when one of them has it,
   * or when that cannot be had soon; never fails. Any thread; does not block.
   */
  CompletableFuture<Void> handOver();

  @Override
  void close();
}
