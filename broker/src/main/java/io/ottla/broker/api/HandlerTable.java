package io.ottla.broker.api;

import io.ottla.wire.ApiKey;
import java.util.Collection;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/** Which handler serves which API. Immutable; what is not in it is not advertised. */
public final class HandlerTable {

  private final Map<ApiKey, ApiHandler<?>> handlers = new EnumMap<>(ApiKey.class);

  /**
   * @throws IllegalArgumentException if two handlers serve the same API
   */
  public HandlerTable(List<ApiHandler<?>> handlers) {
    for (ApiHandler<?> handler : handlers) {
      if (this.handlers.put(handler.api(), handler) != null) {
        throw new IllegalArgumentException("two handlers for " + handler.api());
      }
    }
  }

  /** The handler of an API, or null. */
  public ApiHandler<?> handler(ApiKey api) {
    return handlers.get(api);
  }

  /** All handlers, by their API's key. */
  public Collection<ApiHandler<?>> handlers() {
    return handlers.values();
  }
}
