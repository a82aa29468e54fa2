package io.ottla.metadata.controller;

import io.ottla.metadata.image.BrokerImage;
import io.ottla.metadata.image.FeatureRange;
import io.ottla.metadata.image.MetadataImage;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * The features of the cluster that have levels: what this software supports, what a new cluster
 * begins with, and what depends on what. The levels are Kafka 4.3's. Any thread.
 */
public final class FeatureCatalog {

  public static final String METADATA_VERSION = "metadata.version";
  public static final String KRAFT_VERSION = "kraft.version";
  public static final String TRANSACTION_VERSION = "transaction.version";
  public static final String GROUP_VERSION = "group.version";
  public static final String ELIGIBLE_LEADERS_VERSION = "eligible.leader.replicas.version";
  public static final String SHARE_VERSION = "share.version";
  public static final String STREAMS_VERSION = "streams.version";

  /** The metadata.version of Kafka 4.3. */
  public static final short NEWEST_METADATA_VERSION = 30;

  /** What Kafka 4.3 knows of the next one, 4.4-IV0: not final, and nothing is written otherwise. */
  public static final short UNSTABLE_METADATA_VERSION = 31;

  /** The metadata.version that knows eligible leader replicas. */
  private static final short ELIGIBLE_LEADERS_METADATA_VERSION = 23;

  private static final SortedMap<String, FeatureRange> SUPPORTED =
      supported(NEWEST_METADATA_VERSION);
  private static final SortedMap<String, FeatureRange> SUPPORTED_UNSTABLE =
      supported(UNSTABLE_METADATA_VERSION);

  /** The level each feature gets in a new cluster, by the least metadata.version for it. */
  private static final Map<String, SortedMap<Short, Short>> FIRST =
      Map.of(
          KRAFT_VERSION, levels(21, 1),
          TRANSACTION_VERSION, levels(24, 2),
          GROUP_VERSION, levels(22, 1),
          ELIGIBLE_LEADERS_VERSION, levels(26, 1),
          SHARE_VERSION, levels(28, 1),
          STREAMS_VERSION, levels(29, 1));

  /** The metadata versions that changed what is written: no way back across one of them. */
  private static final Set<Integer> METADATA_CHANGES = Set.of(7, 8, 11, 13, 14, 15, 17, 23, 30);

  private FeatureCatalog() {}

  private static SortedMap<String, FeatureRange> supported(short newestMetadataVersion) {
    SortedMap<String, FeatureRange> ranges = new TreeMap<>();
    ranges.put(METADATA_VERSION, new FeatureRange((short) 7, newestMetadataVersion));
    ranges.put(KRAFT_VERSION, new FeatureRange((short) 0, (short) 1));
    ranges.put(TRANSACTION_VERSION, new FeatureRange((short) 0, (short) 2));
    for (String name :
        List.of(GROUP_VERSION, ELIGIBLE_LEADERS_VERSION, SHARE_VERSION, STREAMS_VERSION)) {
      ranges.put(name, new FeatureRange((short) 0, (short) 1));
    }
    return Collections.unmodifiableSortedMap(ranges);
  }

  private static SortedMap<Short, Short> levels(int metadataVersion, int level) {
    SortedMap<Short, Short> levels = new TreeMap<>();
    levels.put((short) metadataVersion, (short) level);
    return levels;
  }

  /** The final levels this software supports, by feature; unmodifiable. */
  public static SortedMap<String, FeatureRange> supportedLevels() {
    return SUPPORTED;
  }

  /**
   * The levels this software supports, by feature; unmodifiable.
   *
   * @param unstable with those that are not final ({@code unstable.feature.versions.enable})
   */
  public static SortedMap<String, FeatureRange> supportedLevels(boolean unstable) {
    return unstable ? SUPPORTED_UNSTABLE : SUPPORTED;
  }

  /** What a new cluster begins with when nobody says otherwise. */
  public static SortedMap<String, Short> firstLevels() {
    return firstLevels(NEWEST_METADATA_VERSION);
  }

  /** What a new cluster begins with at a metadata.version; features that are off are left out. */
  public static SortedMap<String, Short> firstLevels(short metadataVersion) {
    SortedMap<String, Short> first = new TreeMap<>();
    first.put(METADATA_VERSION, metadataVersion);
    FIRST.forEach(
        (feature, levels) -> {
          SortedMap<Short, Short> reached = levels.headMap((short) (metadataVersion + 1));
          if (!reached.isEmpty()) {
            first.put(feature, reached.get(reached.lastKey()));
          }
        });
    return first;
  }

  /** Whether a cluster keeps eligible leader replicas (KIP-966). */
  public static boolean hasEligibleLeaders(MetadataImage image) {
    return image.features().getOrDefault(ELIGIBLE_LEADERS_VERSION, (short) 0) > 0;
  }

  /** Whether members of groups may speak the consumer protocol (KIP-848). */
  public static boolean hasConsumerProtocol(MetadataImage image) {
    return image.features().getOrDefault(GROUP_VERSION, (short) 0) > 0;
  }

  /** The version of transactions that the cluster has agreed on (KIP-890). */
  public static int transactionVersion(MetadataImage image) {
    return image.features().getOrDefault(TRANSACTION_VERSION, (short) 0);
  }

  /** Why a level cannot be had beside others; null when it can. */
  static String missingDependency(String feature, short level, Map<String, Short> levels) {
    short metadataVersion = levels.getOrDefault(METADATA_VERSION, (short) 0);
    short needed =
        feature.equals(ELIGIBLE_LEADERS_VERSION)
            ? ELIGIBLE_LEADERS_METADATA_VERSION
            : SUPPORTED.get(METADATA_VERSION).min();
    return level == 0 || metadataVersion >= needed
        ? null
        : feature
            + " could not be set to "
            + level
            + " because it depends on metadata.version level "
            + needed;
  }

  /** Whether what is written differs between two metadata versions. */
  static boolean differInMetadata(short from, short to) {
    return METADATA_CHANGES.stream().anyMatch(change -> change > to && change <= from);
  }

  /** Why a broker cannot take part at a level; null when it can. Level 0 needs no support. */
  static String lack(BrokerImage broker, String feature, short level) {
    FeatureRange range =
        broker.features().getOrDefault(feature, new FeatureRange((short) 0, (short) 0));
    return level == 0 || range.contains(level)
        ? null
        : "Broker "
            + broker.id()
            + " supports "
            + feature
            + " from "
            + range.min()
            + " to "
            + range.max()
            + ", not "
            + level
            + ".";
  }
}
