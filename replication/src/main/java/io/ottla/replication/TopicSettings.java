package io.ottla.replication;

import io.ottla.log.LogConfig;
import io.ottla.metadata.image.MetadataImage;
import io.ottla.wire.record.BatchRules;

/**
 * What a topic's configuration means for its partitions.
 *
 * @param log for their logs
 * @param rules for the batches produced to them
 * @param minInsyncReplicas with how many replicas in sync acks=all is accepted ({@code
 *     min.insync.replicas})
 * @param leaderThrottled which replicas' fetches are held to {@code
 *     leader.replication.throttled.rate}
 * @param followerThrottled which replicas fetch within {@code follower.replication.throttled.rate}
 */
public record TopicSettings(
    LogConfig log,
    BatchRules rules,
    int minInsyncReplicas,
    ThrottledReplicas leaderThrottled,
    ThrottledReplicas followerThrottled) {

  /** Works the settings out from what was set for a topic, for the broker, and by default. */
  @FunctionalInterface
  public interface Source {

    TopicSettings of(MetadataImage image, String topic);

    /** The rates to which this broker's throttled replicas are held. */
    default ThrottleRates rates(MetadataImage image) {
      return ThrottleRates.NONE;
    }
  }
}
