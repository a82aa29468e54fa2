package io.ottla.broker;

import io.ottla.metadata.image.MetadataPublication;

/** Where this node's metadata comes from: its own vote, or a controller's feed. */
interface MetadataSource extends AutoCloseable {

  /** Begins to take metadata in; may block until this node takes part. */
  void start();

  /** Where it is published. */
  MetadataPublication publication();

  @Override
  void close();
}
