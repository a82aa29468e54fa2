package io.ottla.metadata.controller;

import io.ottla.metadata.image.ConfigResource;
import java.util.Map;

/** What the controller has to know of settings; their definitions are elsewhere. Any thread. */
public interface ConfigRules {

  /**
   * Checks all settings a resource is to have.
   *
   * @param existing those it has so far; none if it is new
   * @throws ControllerException naming the error, if they cannot be
   */
  void validate(ConfigResource resource, Map<String, String> existing, Map<String, String> configs);

  /** Whether a setting is a list, to which values can be appended. */
  boolean isList(ConfigResource.Type type, String key);

  /** What a setting is where nothing was set for it: text, or null. */
  String defaultValue(ConfigResource.Type type, String key);
}
