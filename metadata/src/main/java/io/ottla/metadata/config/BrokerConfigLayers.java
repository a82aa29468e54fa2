package io.ottla.metadata.config;

import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The values of one broker's keys in their layers, the one that goes first at the top:
 *
 * <pre>
 * dynamic, this broker     set at run time for one broker
 * dynamic, all brokers     set at run time for the cluster
 * static                   the properties file
 * implied                  what Ottla takes where Kafka has another default or none
 * default                  the catalog
 * </pre>
 *
 * <p>Immutable: {@link #withDynamic} makes new layers whenever the cluster's configs change.
 */
public final class BrokerConfigLayers {

  /** A value found in a layer; null for that of a secret. */
  public record Found(String name, String value, ConfigSource source) {}

  private final Map<String, String> implied;
  private final Map<String, String> fixed;
  private final Map<String, String> clusterWide;
  private final Map<String, String> ofBroker;
  private final Map<String, String> merged;
  private final ConfigValues values;

  private BrokerConfigLayers(
      Map<String, String> implied,
      Map<String, String> fixed,
      Map<String, String> clusterWide,
      Map<String, String> ofBroker) {
    this.implied = implied;
    this.fixed = fixed;
    this.clusterWide = clusterWide;
    this.ofBroker = ofBroker;
    this.merged = merge(fixed, clusterWide, ofBroker);
    this.values = BrokerKeys.values(merged, implied);
  }

  /**
   * The layers of a broker for which nothing is set at run time.
   *
   * @param fixed the properties file, checked
   * @param implied defaults that differ from the catalog's
   */
  public static BrokerConfigLayers of(Map<String, String> fixed, Map<String, String> implied) {
    return new BrokerConfigLayers(Map.copyOf(implied), Map.copyOf(fixed), Map.of(), Map.of());
  }

  /**
   * The same file with other values set at run time. Stored values that this broker cannot use,
   * because an older or another program wrote them, are passed over.
   */
  public BrokerConfigLayers withDynamic(
      Map<String, String> clusterWide, Map<String, String> ofBroker) {
    return new BrokerConfigLayers(
        implied,
        fixed,
        DynamicBrokerConfigs.usable(clusterWide, false),
        DynamicBrokerConfigs.usable(ofBroker, true));
  }

  /** Defaults that differ from the catalog's. */
  public Map<String, String> implied() {
    return implied;
  }

  /** The same layers with other implied defaults. */
  public BrokerConfigLayers withImplied(Map<String, String> implied) {
    return new BrokerConfigLayers(Map.copyOf(implied), fixed, clusterWide, ofBroker);
  }

  private static Map<String, String> merge(
      Map<String, String> fixed, Map<String, String> clusterWide, Map<String, String> ofBroker) {
    Map<String, String> merged = new HashMap<>(fixed);
    override(merged, clusterWide);
    override(merged, ofBroker);
    if (!clusterWide.isEmpty() || !ofBroker.isEmpty()) {
      GroupConfigs.clampAssignmentIntervals(merged);
    }
    return Collections.unmodifiableMap(merged);
  }

  /** A layer hides all names of a value in the layers below, whichever name goes first there. */
  private static void override(Map<String, String> merged, Map<String, String> layer) {
    layer.forEach(
        (name, value) -> {
          ConfigSynonyms.ofBrokerKey(name, false).forEach(merged::remove);
          merged.put(name, value);
        });
  }

  /** The values in force of all keys of a broker, Ottla's own included. */
  public ConfigValues values() {
    return values;
  }

  /** Whether somebody has set the key, under this name, and it is no mere default. */
  public boolean isExplicit(String name) {
    return merged.containsKey(name);
  }

  /** What is set anywhere above the defaults, as text. Holds secrets. */
  Map<String, String> merged() {
    return merged;
  }

  Map<String, String> clusterWide() {
    return clusterWide;
  }

  Map<String, String> ofBroker() {
    return ofBroker;
  }

  /**
   * Where a key's value is set, the one in force first: all layers under all names of the value,
   * from where the key's own name first comes up.
   */
  List<Found> found(String name) {
    List<String> names = ConfigSynonyms.ofBrokerKey(name, true);
    boolean secret = BrokerKeys.isSecret(name);
    List<Found> found = new ArrayList<>();
    collect(found, names, ofBroker, ConfigSource.DYNAMIC_BROKER, secret);
    collect(found, names, clusterWide, ConfigSource.DYNAMIC_DEFAULT_BROKER, secret);
    collect(found, names, fixed, ConfigSource.STATIC_BROKER, secret);
    for (String candidate : names) {
      defaultText(candidate)
          .map(value -> new Found(candidate, secret ? null : value, ConfigSource.DEFAULT))
          .ifPresent(found::add);
    }
    int first = 0;
    while (first < found.size() && !found.get(first).name().equals(name)) {
      first++;
    }
    return found.subList(first, found.size());
  }

  /** The first value set for any of some keys, in the unit of the topic's key. */
  Optional<Found> inherited(List<ConfigSynonyms.BrokerKey> keys) {
    return firstOf(keys, ofBroker, ConfigSource.DYNAMIC_BROKER)
        .or(() -> firstOf(keys, clusterWide, ConfigSource.DYNAMIC_DEFAULT_BROKER))
        .or(() -> firstOf(keys, fixed, ConfigSource.STATIC_BROKER));
  }

  private static Optional<Found> firstOf(
      List<ConfigSynonyms.BrokerKey> keys, Map<String, String> layer, ConfigSource source) {
    return keys.stream()
        .filter(key -> layer.containsKey(key.name()))
        .map(key -> new Found(key.name(), key.convert(layer.get(key.name())), source))
        .findFirst();
  }

  private static void collect(
      List<Found> found,
      List<String> names,
      Map<String, String> layer,
      ConfigSource source,
      boolean secret) {
    for (String name : names) {
      String value = layer.get(name);
      if (value != null) {
        found.add(new Found(name, secret ? null : value, source));
      }
    }
  }

  private Optional<String> defaultText(String name) {
    return Optional.ofNullable(implied.get(name))
        .or(() -> BrokerKeys.find(name).map(ConfigDefinition::defaultText));
  }
}
