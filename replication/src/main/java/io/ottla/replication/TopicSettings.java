package io.ottla.replication;

import io.ottla.log.LogConfig;
import io.ottla.metadata.image.MetadataImage;
import io.ottla.wire.record.BatchRules;

/**
 * What a topic's configuration means for its partitions.
 *
 * @param log for their logs
 * @param rules for the batches produced to them
 */
public record TopicSettings(LogConfig log, BatchRules rules) {

  /** Works the settings out from what was set for a topic, for the broker, and by default. */
  @FunctionalInterface
  public interface Source {

    TopicSettings of(MetadataImage image, String topic);
  }
}
