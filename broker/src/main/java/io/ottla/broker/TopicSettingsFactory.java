package io.ottla.broker;

import io.ottla.log.LogConfig;
import io.ottla.log.cleaner.CompactionConfig;
import io.ottla.metadata.config.BrokerConfigLayers;
import io.ottla.metadata.config.ConfigValues;
import io.ottla.metadata.config.TopicConfigs;
import io.ottla.metadata.image.ConfigResource;
import io.ottla.metadata.image.MetadataImage;
import io.ottla.replication.ThrottleRates;
import io.ottla.replication.ThrottledReplicas;
import io.ottla.replication.TopicSettings;
import io.ottla.wire.record.BatchRules;
import io.ottla.wire.record.Compression;
import io.ottla.wire.record.DecompressionLimits;
import io.ottla.wire.record.TimestampType;
import java.util.List;
import java.util.function.Function;

/** Translates a topic's configuration into what logs and checks need to know. Any thread. */
final class TopicSettingsFactory implements TopicSettings.Source {

  /** What a batch may grow to when it is looked into. Kafka has no such bound. */
  static final DecompressionLimits DECOMPRESSION = DecompressionLimits.ofBatch(256L << 20);

  private static final String PRODUCER = "producer";
  private static final String UNCOMPRESSED = "uncompressed";

  private final Function<MetadataImage, BrokerConfigLayers> layers;

  /**
   * @param layers the broker's own values as an image has them
   */
  TopicSettingsFactory(Function<MetadataImage, BrokerConfigLayers> layers) {
    this.layers = layers;
  }

  @Override
  public TopicSettings of(MetadataImage image, String topic) {
    ConfigValues broker = layers.apply(image).values();
    ConfigValues values = TopicConfigs.values(image.configs(ConfigResource.topic(topic)), broker);
    return new TopicSettings(
        logConfig(values, broker),
        batchRules(values),
        values.intValue("min.insync.replicas"),
        ThrottledReplicas.parse(values.list("leader.replication.throttled.replicas")),
        ThrottledReplicas.parse(values.list("follower.replication.throttled.replicas")));
  }

  @Override
  public ThrottleRates rates(MetadataImage image) {
    ConfigValues broker = layers.apply(image).values();
    return new ThrottleRates(
        broker.longValue("leader.replication.throttled.rate"),
        broker.longValue("follower.replication.throttled.rate"));
  }

  private static LogConfig logConfig(ConfigValues values, ConfigValues broker) {
    List<String> policy = values.list("cleanup.policy");
    CompactionConfig compaction =
        new CompactionConfig(
            values.doubleValue("min.cleanable.dirty.ratio"),
            values.longValue("min.compaction.lag.ms"),
            values.longValue("max.compaction.lag.ms"),
            values.longValue("delete.retention.ms"));
    long segmentMs = values.longValue("segment.ms");
    return new LogConfig(
        values.intValue("segment.bytes"),
        // The active segment is not compacted, so it must not grow older than that.
        policy.contains("compact") ? Math.min(segmentMs, compaction.maxLagMs()) : segmentMs,
        values.longValue("segment.jitter.ms"),
        values.intValue("index.interval.bytes"),
        values.intValue("segment.index.bytes"),
        values.longValue("retention.ms"),
        values.longValue("retention.bytes"),
        policy.contains("delete"),
        policy.contains("compact"),
        values.longValue("file.delete.delay.ms"),
        values.longValue("flush.messages"),
        values.longValue("flush.ms"),
        values.flag("preallocate"),
        timestampType(values) == TimestampType.LOG_APPEND_TIME,
        broker.longValue("producer.id.expiration.ms"),
        compaction);
  }

  private static TimestampType timestampType(ConfigValues values) {
    return TimestampType.forConfigName(values.text("message.timestamp.type"));
  }

  private static BatchRules batchRules(ConfigValues values) {
    String compression = values.text("compression.type");
    return new BatchRules(
        values.intValue("max.message.bytes"),
        timestampType(values),
        values.longValue("message.timestamp.before.max.ms"),
        values.longValue("message.timestamp.after.max.ms"),
        values.list("cleanup.policy").contains("compact"),
        switch (compression) {
          case PRODUCER -> null;
          case UNCOMPRESSED -> Compression.NONE;
          default -> Compression.forConfigName(compression);
        },
        DECOMPRESSION,
        values.intValue("compression.gzip.level"),
        values.intValue("compression.lz4.level"),
        values.intValue("compression.zstd.level"));
  }
}
