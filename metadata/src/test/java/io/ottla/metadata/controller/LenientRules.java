package io.ottla.metadata.controller;

import io.ottla.metadata.image.ConfigResource;
import io.ottla.wire.ErrorCode;
import java.util.Map;

/** Rules of a test: keys that begin with "bad" are refused, "cleanup.policy" is a list. */
public final class LenientRules implements ConfigRules {

  @Override
  public void validate(
      ConfigResource resource, Map<String, String> existing, Map<String, String> configs) {
    for (String key : configs.keySet()) {
      if (key.startsWith("bad")) {
        throw new ControllerException(ErrorCode.INVALID_CONFIG, key + " is not known");
      }
    }
  }

  @Override
  public boolean isList(ConfigResource.Type type, String key) {
    return key.equals("cleanup.policy");
  }

  @Override
  public String defaultValue(ConfigResource.Type type, String key) {
    return key.equals("cleanup.policy") ? "delete" : null;
  }
}
