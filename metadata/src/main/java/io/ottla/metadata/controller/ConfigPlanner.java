package io.ottla.metadata.controller;

import io.ottla.metadata.controller.Command.NewConfigs;
import io.ottla.metadata.image.ConfigResource;
import io.ottla.metadata.image.MetadataImage;
import io.ottla.wire.ErrorCode;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Turns changes of settings into all the settings a resource is to have. What a list is, and what
 * it holds when nothing is set, is decided here and not when the command is applied: definitions
 * differ between versions of this software, the log must not.
 */
final class ConfigPlanner {

  /** The longest value, in characters: what Kafka can carry. */
  static final int MAX_VALUE_LENGTH = Short.MAX_VALUE;

  /** One way to plan. */
  @FunctionalInterface
  interface Plan<V> {
    NewConfigs of(MetadataImage image, ConfigResource resource, V asked);
  }

  private final ConfigRules rules;

  ConfigPlanner(ConfigRules rules) {
    this.rules = rules;
  }

  /** Single settings change, the others stay. */
  NewConfigs incremental(
      MetadataImage image, ConfigResource resource, List<ConfigOperation> operations) {
    Map<String, String> configs = new HashMap<>(image.configs(resource));
    Set<String> keys = new HashSet<>();
    for (ConfigOperation operation : operations) {
      if (!keys.add(operation.key())) {
        throw new ControllerException(
            ErrorCode.INVALID_REQUEST, "'" + operation.key() + "' is changed more than once.");
      }
      apply(configs, resource.type(), operation);
    }
    return planned(image, resource, configs);
  }

  /** All settings are replaced: what is not named is gone. */
  NewConfigs replacing(
      MetadataImage image, ConfigResource resource, Map<String, String> newConfigs) {
    newConfigs.forEach(ConfigPlanner::checkValue);
    return planned(image, resource, newConfigs);
  }

  private NewConfigs planned(
      MetadataImage image, ConfigResource resource, Map<String, String> configs) {
    checkName(resource);
    ItemResult missing = ConfigControl.missing(image, resource);
    if (missing != null) {
      throw new ControllerException(missing.error(), missing.message());
    }
    rules.validate(resource, image.configs(resource), configs);
    return new NewConfigs(resource, configs, CommandCodec.fingerprint(image.configs(resource)));
  }

  private static void checkName(ConfigResource resource) {
    switch (resource.type()) {
      case TOPIC -> {
        if (resource.name().isEmpty()) {
          throw noDefault(resource);
        }
        String flaw = TopicNames.flaw(resource.name());
        if (flaw != null) {
          throw new ControllerException(ErrorCode.INVALID_TOPIC_EXCEPTION, flaw);
        }
      }
      case BROKER -> {
        if (!resource.name().isEmpty() && !resource.name().matches("\\d+")) {
          throw new ControllerException(
              ErrorCode.INVALID_REQUEST, "'" + resource.name() + "' is not a broker id.");
        }
      }
      case GROUP, CLIENT_METRICS -> {
        if (resource.name().isEmpty()) {
          throw noDefault(resource);
        }
      }
      // Refused as missing.
      case KAFKA -> {}
    }
  }

  private static ControllerException noDefault(ConfigResource resource) {
    return new ControllerException(
        ErrorCode.INVALID_REQUEST,
        "There are no default settings of type " + resource.type() + ": a name is needed.");
  }

  private void apply(
      Map<String, String> configs, ConfigResource.Type type, ConfigOperation operation) {
    String key = operation.key();
    switch (operation.type()) {
      case DELETE -> configs.remove(key);
      case SET -> {
        checkValue(key, operation.value());
        configs.put(key, operation.value());
      }
      case APPEND, SUBTRACT -> {
        checkValue(key, operation.value());
        if (!rules.isList(type, key)) {
          throw new ControllerException(
              ErrorCode.INVALID_CONFIG, "'" + key + "' is not a list: it can only be set.");
        }
        String current = configs.getOrDefault(key, rules.defaultValue(type, key));
        String changed = changedList(current, operation);
        checkLength(key, changed);
        configs.put(key, changed);
      }
    }
  }

  private static String changedList(String current, ConfigOperation operation) {
    List<String> items = new ArrayList<>();
    if (current != null && !current.isEmpty()) {
      Arrays.stream(current.split(",", -1)).map(String::trim).forEach(items::add);
    }
    for (String item : operation.value().split(",", -1)) {
      if (operation.type() == ConfigOperation.Type.SUBTRACT) {
        items.remove(item);
      } else if (!items.contains(item)) {
        items.add(item);
      }
    }
    return String.join(",", items);
  }

  private static void checkValue(String key, String value) {
    if (value == null) {
      throw new ControllerException(
          ErrorCode.INVALID_REQUEST, "Null value not supported for '" + key + "'.");
    }
    checkLength(key, value);
  }

  static void checkLength(String key, String value) {
    if (value.length() > MAX_VALUE_LENGTH) {
      throw new ControllerException(
          ErrorCode.INVALID_CONFIG,
          "The value of '" + key + "' is longer than " + MAX_VALUE_LENGTH + " characters.");
    }
  }
}
