package io.ottla.broker.storage;

import io.ottla.metadata.controller.FeatureCatalog;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Collectors;

/** The names of the levels of metadata.version: the releases of Kafka that brought them. */
final class MetadataVersions {

  static final String FEATURE = FeatureCatalog.METADATA_VERSION;

  private static final TreeMap<Short, String> NAMES = names();

  private MetadataVersions() {}

  private static TreeMap<Short, String> names() {
    // Of each release, the first level and how many it brought; the names count from 0, but for
    // the oldest, which is the fourth of its release.
    TreeMap<Short, String> names = new TreeMap<>();
    short level = 7;
    names.put(level++, "3.3-IV3");
    String[] releases = {"3.4", "3.5", "3.6", "3.7", "3.8", "3.9", "4.0", "4.1", "4.2", "4.3"};
    int[] counts = {1, 3, 3, 5, 1, 1, 4, 2, 2, 1};
    for (int i = 0; i < releases.length; i++) {
      for (int step = 0; step < counts[i]; step++) {
        names.put(level++, releases[i] + "-IV" + step);
      }
    }
    names.put(FeatureCatalog.UNSTABLE_METADATA_VERSION, "4.4-IV0");
    return names;
  }

  /** The name of a level, such as 4.3-IV0. */
  static String name(short level) {
    return Optional.ofNullable(NAMES.get(level))
        .orElseThrow(() -> new StorageToolException("Unknown metadata.version " + level));
  }

  /** The newest that is final. */
  static short newest() {
    return FeatureCatalog.NEWEST_METADATA_VERSION;
  }

  /** The level of a release (4.3, 4.3.1) or of one of its steps (4.3-IV0). */
  static short level(String version) {
    String[] parts = version.split("\\.");
    String key = parts.length > 2 ? parts[0] + "." + parts[1] : version;
    return NAMES.entrySet().stream()
        .filter(named -> named.getValue().equals(key) || named.getValue().startsWith(key + "-"))
        .map(Map.Entry::getKey)
        .max(Short::compare)
        .orElseThrow(
            () ->
                new StorageToolException(
                    "Unknown metadata.version '"
                        + version
                        + "'. Supported metadata.version are: "
                        + NAMES.headMap(newest(), true).values().stream()
                            .collect(Collectors.joining(", "))));
  }
}
