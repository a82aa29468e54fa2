package io.ottla.broker.storage;

import io.ottla.metadata.controller.FeatureCatalog;
import io.ottla.metadata.image.FeatureRange;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/** Chooses the feature levels of a new cluster as Kafka's format does. */
final class FirstFeatures {

  private FirstFeatures() {}

  /** One feature=level. */
  record Level(String feature, short level) {

    static Level parse(String text) {
      int at = text.indexOf('=');
      if (at < 0) {
        throw new StorageToolException(
            "Can't parse feature=level string " + text + ": equals sign not found.");
      }
      String level = text.substring(at + 1).trim();
      try {
        return new Level(text.substring(0, at).trim(), Short.parseShort(level));
      } catch (NumberFormatException e) {
        throw new StorageToolException(
            "Can't parse feature=level string "
                + text
                + ": unable to parse "
                + level
                + " as a short.");
      }
    }
  }

  /**
   * @param release the release to begin with, if it is named
   * @param wanted feature=level pairs
   * @param dynamic whether the voters may change: nobody lists them
   * @param unstable whether levels that are not final may be had
   */
  static Map<String, Short> of(
      Optional<String> release, List<String> wanted, boolean dynamic, boolean unstable) {
    SortedMap<String, Short> chosen = new TreeMap<>();
    for (String text : wanted) {
      Level level = Level.parse(text);
      chosen.put(level.feature(), level.level());
    }
    SortedMap<String, Short> levels =
        new TreeMap<>(FeatureCatalog.firstLevels(metadataVersion(release, chosen)));
    checkFinal(levels.get(MetadataVersions.FEATURE), unstable);
    levels.put(FeatureCatalog.KRAFT_VERSION, (short) (dynamic ? 1 : 0));
    chosen.forEach((feature, level) -> levels.put(feature, checked(feature, level)));
    checkKraftVersion(chosen, dynamic);
    checkDependencies(levels);
    levels.values().removeIf(level -> level == 0);
    return levels;
  }

  private static short metadataVersion(Optional<String> release, SortedMap<String, Short> chosen) {
    Short level = chosen.get(MetadataVersions.FEATURE);
    if (level != null && release.isPresent()) {
      throw new StorageToolException(
          "Use --release-version instead of --feature "
              + MetadataVersions.FEATURE
              + "=X to avoid ambiguity.");
    }
    if (level != null) {
      MetadataVersions.name(level);
      return level;
    }
    return release.map(MetadataVersions::level).orElseGet(MetadataVersions::newest);
  }

  private static void checkFinal(short metadataVersion, boolean unstable) {
    if (metadataVersion > MetadataVersions.newest() && !unstable) {
      throw new StorageToolException(
          "metadata.version "
              + MetadataVersions.name(metadataVersion)
              + " is not final; to try it, set unstable.feature.versions.enable=true");
    }
  }

  private static short checked(String feature, short level) {
    FeatureRange range = FeatureCatalog.supportedLevels(true).get(feature);
    if (range == null) {
      throw new StorageToolException(
          "Unsupported feature: "
              + feature
              + ". Supported features are: "
              + String.join(", ", FeatureCatalog.supportedLevels().keySet()));
    }
    if (level < range.min() || level > range.max()) {
      throw new StorageToolException("No feature:" + feature + " with feature level " + level);
    }
    return level;
  }

  private static void checkKraftVersion(SortedMap<String, Short> chosen, boolean dynamic) {
    Short level = chosen.get(FeatureCatalog.KRAFT_VERSION);
    if (level == null) {
      return;
    }
    if (level == 0 && dynamic) {
      throw new StorageToolException(
          "Cannot set kraft.version to 0 if controller.quorum.voters is empty and one of the flags"
              + " --standalone, --initial-controllers, or --no-initial-controllers is used. For"
              + " dynamic controllers support, try removing the --feature flag for"
              + " kraft.version.");
    }
    if (level > 0 && !dynamic) {
      throw new StorageToolException(
          "Cannot set kraft.version to "
              + level
              + " unless controller.quorum.voters is empty and one of the flags --standalone,"
              + " --initial-controllers, or --no-initial-controllers is used. For dynamic"
              + " controllers support, try using one of --standalone, --initial-controllers, or"
              + " --no-initial-controllers and removing controller.quorum.voters.");
    }
  }

  private static void checkDependencies(SortedMap<String, Short> levels) {
    levels.forEach(
        (feature, level) ->
            dependency(feature, level)
                .filter(needed -> levels.get(MetadataVersions.FEATURE) < needed)
                .ifPresent(
                    needed -> {
                      throw new StorageToolException(
                          feature
                              + " could not be set to "
                              + level
                              + " because it depends on metadata.version level "
                              + needed);
                    }));
  }

  /** The metadata.version that a level of another feature depends on. */
  static Optional<Short> dependency(String feature, short level) {
    return feature.equals(FeatureCatalog.ELIGIBLE_LEADERS_VERSION) && level > 0
        ? Optional.of((short) 23)
        : Optional.empty();
  }
}
