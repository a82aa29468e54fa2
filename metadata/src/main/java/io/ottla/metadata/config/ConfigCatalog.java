package io.ottla.metadata.config;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.TreeMap;

/** The keys of one kind of resource, in order of their names. */
public final class ConfigCatalog {

  /** Every key of a topic in Kafka 4.3. */
  public static final ConfigCatalog TOPIC = new ConfigCatalog(KeyTable.read("topic-keys.txt"));

  /**
   * Every key of a broker in Kafka 4.3, with Kafka's defaults, including the quotas that can only
   * be set at run time.
   */
  public static final ConfigCatalog BROKER = new ConfigCatalog(KeyTable.read("broker-keys.txt"));

  /** The keys that only Ottla has; most begin with {@code ottla.}. */
  public static final ConfigCatalog OTTLA = new ConfigCatalog(KeyTable.read("ottla-keys.txt"));

  /** Every key of a group (KIP-848, KIP-932, KIP-1071). */
  public static final ConfigCatalog GROUP = new ConfigCatalog(KeyTable.read("group-keys.txt"));

  /** Every key of a client metrics subscription (KIP-714). */
  public static final ConfigCatalog CLIENT_METRICS =
      new ConfigCatalog(KeyTable.read("client-metrics-keys.txt"));

  private final SequencedMap<String, ConfigDefinition> definitions;

  private ConfigCatalog(List<ConfigDefinition> definitions) {
    SequencedMap<String, ConfigDefinition> byName = new TreeMap<>();
    definitions.forEach(definition -> byName.put(definition.name(), definition));
    if (byName.size() != definitions.size()) {
      throw new IllegalArgumentException("a key is defined twice");
    }
    this.definitions = Collections.unmodifiableSequencedMap(byName);
  }

  public Optional<ConfigDefinition> find(String name) {
    return Optional.ofNullable(definitions.get(name));
  }

  public boolean contains(String name) {
    return definitions.containsKey(name);
  }

  /** In order of names. */
  public Collection<ConfigDefinition> definitions() {
    return definitions.values();
  }

  /**
   * What is wrong with some values, key by key; keys this catalog does not know are passed over.
   * Contradictions between keys are not looked for.
   */
  public List<ConfigProblem> problems(Map<String, String> values) {
    List<ConfigProblem> problems = new ArrayList<>();
    values.forEach(
        (name, value) ->
            find(name).flatMap(definition -> definition.problem(value)).ifPresent(problems::add));
    return problems;
  }

  /**
   * The values of all keys, defaults for those not given. A value that {@link #problems} complains
   * of counts as not given; keys this catalog does not know are left out.
   */
  public ConfigValues values(Map<String, String> given) {
    Map<String, Object> parsed = new HashMap<>();
    for (ConfigDefinition definition : definitions.values()) {
      String text = given.get(definition.name());
      boolean usable = text != null && definition.problem(text).isEmpty();
      parsed.put(definition.name(), usable ? definition.parse(text) : definition.defaultValue());
    }
    return new ConfigValues(parsed);
  }
}
