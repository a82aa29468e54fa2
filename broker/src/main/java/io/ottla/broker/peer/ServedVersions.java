package io.ottla.broker.peer;

import io.ottla.wire.ApiKey;
import io.ottla.wire.message.ApiVersionsResponse;
import java.util.EnumMap;
import java.util.Map;

/** The versions another node said it serves. Immutable. */
final class ServedVersions {

  /** No version fits. */
  static final short NONE = -1;

  private record Range(short min, short max) {}

  private final Map<ApiKey, Range> ranges = new EnumMap<>(ApiKey.class);

  ServedVersions(ApiVersionsResponse answer) {
    for (ApiVersionsResponse.ApiVersion api : answer.apiKeys()) {
      ApiKey key = ApiKey.forId(api.apiKey());
      if (key != null) {
        ranges.put(key, new Range(api.minVersion(), api.maxVersion()));
      }
    }
  }

  /**
   * The newest version that both sides know. Private APIs are not advertised and have one version:
   * they grow by tagged fields.
   *
   * @param ownMax the newest version this side can do with
   */
  short choose(ApiKey api, short ownMax) {
    if (api.isPrivate()) {
      return api.latestVersion();
    }
    Range served = ranges.get(api);
    if (served == null) {
      return NONE;
    }
    short best = (short) Math.min(ownMax, served.max);
    return best >= served.min && best >= api.oldestVersion() ? best : NONE;
  }
}
