package io.ottla.broker;

import io.ottla.metadata.image.FeatureRange;
import java.util.Map;

/** The features of the cluster this software knows, as Kafka 4.3 numbers their levels. */
final class Features {

  /** All levels that are supported. */
  static final Map<String, FeatureRange> SUPPORTED =
      Map.of(
          "metadata.version", new FeatureRange((short) 7, (short) 30),
          "kraft.version", new FeatureRange((short) 0, (short) 1),
          "transaction.version", new FeatureRange((short) 0, (short) 2),
          "group.version", new FeatureRange((short) 0, (short) 1),
          "eligible.leader.replicas.version", new FeatureRange((short) 0, (short) 1),
          "share.version", new FeatureRange((short) 0, (short) 1),
          "streams.version", new FeatureRange((short) 0, (short) 1));

  /** What a new cluster begins with. */
  static final Map<String, Short> FIRST_LEVELS =
      Map.of(
          "metadata.version", (short) 30,
          "kraft.version", (short) 1,
          "transaction.version", (short) 2,
          "group.version", (short) 1,
          "eligible.leader.replicas.version", (short) 1,
          "share.version", (short) 1,
          "streams.version", (short) 1);

  private Features() {}
}
