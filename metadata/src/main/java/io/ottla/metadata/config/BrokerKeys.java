package io.ottla.metadata.config;

import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;

/** Looks keys of a broker up among Kafka's and Ottla's own. */
public final class BrokerKeys {

  /** Keys that no properties file sets; they are described only where they are set. */
  static final Set<String> DYNAMIC_ONLY =
      Set.of(
          "leader.replication.throttled.rate",
          "follower.replication.throttled.rate",
          "replica.alter.log.dirs.io.max.bytes.per.second");

  private BrokerKeys() {}

  /** A key that a properties file may set. */
  public static Optional<ConfigDefinition> find(String name) {
    return findAny(name).filter(definition -> !DYNAMIC_ONLY.contains(name));
  }

  static Optional<ConfigDefinition> findAny(String name) {
    return ConfigCatalog.BROKER.find(name).or(() -> ConfigCatalog.OTTLA.find(name));
  }

  /** The definition of a key, or of the key it stands for at one listener. */
  static Optional<ConfigDefinition> findForType(String name) {
    return findAny(name)
        .or(
            () ->
                ConfigSynonyms.ofBrokerKey(name, true).stream()
                    .flatMap(synonym -> findAny(synonym).stream())
                    .findFirst());
  }

  /** Whether a value must not be shown; so it is when nobody knows the key. */
  public static boolean isSecret(String name) {
    return findForType(name).map(ConfigDefinition::isSecret).orElse(true);
  }

  /** A given value that is not of its key's type counts as not given. */
  static ConfigValues values(Map<String, String> given, Map<String, String> implied) {
    Map<String, String> all = new HashMap<>(implied);
    given.forEach(
        (name, value) -> {
          boolean usable = findAny(name).flatMap(definition -> definition.problem(value)).isEmpty();
          if (usable) {
            all.put(name, value);
          }
        });
    Map<String, Object> parsed = new HashMap<>(ConfigCatalog.BROKER.values(all).asMap());
    parsed.putAll(ConfigCatalog.OTTLA.values(all).asMap());
    return new ConfigValues(parsed);
  }

  static Predicate<ConfigDefinition> describedWhenUnset() {
    return definition -> !definition.internal() && !DYNAMIC_ONLY.contains(definition.name());
  }
}
