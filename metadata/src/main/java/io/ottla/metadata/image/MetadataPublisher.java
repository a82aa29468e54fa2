package io.ottla.metadata.image;

import java.util.List;

/**
 * A part of the broker that follows the cluster's metadata. Called on one thread, in the order of
 * the metadata log.
 */
public interface MetadataPublisher {

  /**
   * The metadata has moved on. The first call tells the whole image, as deltas from nothing; a
   * later one may carry the deltas of several commands.
   *
   * @param image the metadata as it is now
   * @param deltas what has changed since the call before, in order
   */
  void publish(MetadataImage image, List<MetadataDelta> deltas);
}
