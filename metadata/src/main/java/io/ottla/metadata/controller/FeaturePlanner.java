package io.ottla.metadata.controller;

import io.ottla.metadata.controller.Command.SetFeatures;
import io.ottla.metadata.image.BrokerImage;
import io.ottla.metadata.image.FeatureRange;
import io.ottla.metadata.image.MetadataImage;
import io.ottla.wire.ErrorCode;
import io.ottla.wire.message.UpdateFeaturesRequest;
import io.ottla.wire.message.UpdateFeaturesRequest.FeatureUpdateKey;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Checks changes of feature levels as Kafka does and turns them into a command. What this software
 * supports is decided here and not when the command is applied. Used by the controller's thread.
 */
final class FeaturePlanner {

  /** How a level is to change, by the protocol's ids. */
  private enum UpgradeType {
    UNKNOWN,
    UPGRADE,
    SAFE_DOWNGRADE,
    UNSAFE_DOWNGRADE;

    static UpgradeType of(FeatureUpdateKey update) {
      if (update.allowDowngrade()) {
        return SAFE_DOWNGRADE;
      }
      int id = update.upgradeType();
      return id > 0 && id < values().length ? values()[id] : UNKNOWN;
    }
  }

  /** Of a feature that is not known. */
  private static final FeatureRange DISABLED = new FeatureRange((short) 0, (short) 0);

  private final int nodeId;
  private final Map<String, FeatureRange> supported;

  /**
   * @param supported the levels this node supports, by feature
   */
  FeaturePlanner(int nodeId, Map<String, FeatureRange> supported) {
    this.nodeId = nodeId;
    this.supported = supported;
  }

  /**
   * @throws ControllerException with INVALID_UPDATE_VERSION for the first change that cannot be
   */
  SetFeatures plan(MetadataImage image, UpdateFeaturesRequest request) {
    Map<String, Short> levels = new LinkedHashMap<>();
    Map<String, Short> proposed = new HashMap<>(image.features());
    for (FeatureUpdateKey update : request.featureUpdates()) {
      if (levels.put(update.feature(), update.maxVersionLevel()) != null) {
        throw new ControllerException(
            ErrorCode.INVALID_REQUEST, "'" + update.feature() + "' is changed more than once.");
      }
      proposed.put(update.feature(), update.maxVersionLevel());
    }
    Map<String, Short> from = new HashMap<>();
    for (FeatureUpdateKey update : request.featureUpdates()) {
      from.put(update.feature(), current(image, update.feature()));
      check(image, update, proposed);
    }
    return new SetFeatures(levels, from);
  }

  private static short current(MetadataImage image, String feature) {
    return image.features().getOrDefault(feature, (short) 0);
  }

  private void check(MetadataImage image, FeatureUpdateKey update, Map<String, Short> proposed) {
    String feature = update.feature();
    short level = update.maxVersionLevel();
    short current = current(image, feature);
    UpgradeType type = UpgradeType.of(update);
    if (type == UpgradeType.UNKNOWN) {
      throw invalid(update, "The controller does not support the given upgrade type.");
    }
    if (level < 0) {
      throw invalid(update, "A feature version cannot be less than 0.");
    }
    checkSupport(image, update);
    if (level < current && type == UpgradeType.UPGRADE) {
      throw invalid(
          update,
          "Can't downgrade the version of this feature without setting the upgrade type to either"
              + " safe or unsafe downgrade.");
    }
    if (level > current && type != UpgradeType.UPGRADE) {
      throw invalid(update, "Can't downgrade to a newer version.");
    }
    switch (feature) {
      case FeatureCatalog.METADATA_VERSION -> checkMetadataVersion(current, level, type);
      case FeatureCatalog.KRAFT_VERSION -> {
        if (level < current) {
          throw invalid(update, "Can't downgrade the version of this feature.");
        }
      }
      default -> {
        if (!supported.containsKey(feature)) {
          throw invalid(update, "Feature " + feature + " not found."); // even at level 0
        }
        String missing = FeatureCatalog.missingDependency(feature, level, proposed);
        if (missing != null) {
          throw invalid(update, missing);
        }
      }
    }
  }

  private void checkSupport(MetadataImage image, FeatureUpdateKey update) {
    FeatureRange own = supported.get(update.feature());
    checkRange(update, own, "Local controller " + nodeId);
    for (BrokerImage broker : image.brokers().values()) {
      checkRange(update, broker.features().get(update.feature()), "Broker " + broker.id());
    }
  }

  private static void checkRange(FeatureUpdateKey update, FeatureRange range, String who) {
    short level = update.maxVersionLevel();
    FeatureRange supported = range == null ? DISABLED : range;
    if (!supported.contains(level)) {
      throw invalid(
          update,
          supported.max() == 0
              ? who + " does not support this feature."
              : who + " only supports versions " + supported.min() + "-" + supported.max());
    }
  }

  private static void checkMetadataVersion(short current, short level, UpgradeType type) {
    if (level < current && FeatureCatalog.differInMetadata(current, level)) {
      throw new ControllerException(
          ErrorCode.INVALID_UPDATE_VERSION,
          "Unsupported metadata.version downgrade from "
              + current
              + " to "
              + level
              + ". "
              + (type == UpgradeType.UNSAFE_DOWNGRADE
                  ? "Unsafe metadata downgrade is not supported in this version."
                  : "Refusing to perform the requested downgrade because it might delete metadata"
                      + " information."));
    }
  }

  private static ControllerException invalid(FeatureUpdateKey update, String why) {
    return new ControllerException(
        ErrorCode.INVALID_UPDATE_VERSION,
        "Invalid update version "
            + update.maxVersionLevel()
            + " for feature "
            + update.feature()
            + ". "
            + why);
  }
}
