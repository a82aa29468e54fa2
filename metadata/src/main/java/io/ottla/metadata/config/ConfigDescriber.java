package io.ottla.metadata.config;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.TreeSet;

/** Shows the values in force of a resource with where they come from (KIP-226, KIP-569). */
public final class ConfigDescriber {

  private final BrokerConfigLayers layers;

  public ConfigDescriber(BrokerConfigLayers layers) {
    this.layers = layers;
  }

  /** All keys of a topic. */
  public List<DescribedConfig> topic(Map<String, String> overrides) {
    ConfigValues values = TopicConfigs.values(overrides, layers.values());
    List<DescribedConfig> described = new ArrayList<>();
    for (ConfigDefinition definition : ConfigCatalog.TOPIC.definitions()) {
      if (!definition.internal() || overrides.containsKey(definition.name())) {
        List<BrokerConfigLayers.Found> inherited =
            ConfigSynonyms.brokerKeyOfTopicKey(definition.name())
                .map(layers::found)
                .orElse(List.of());
        described.add(
            describe(
                definition,
                values.value(definition.name()),
                overrides.containsKey(definition.name()),
                ConfigSource.TOPIC,
                inherited));
      }
    }
    return described;
  }

  /**
   * All keys of a topic that is just made, as CreateTopics answers: values as they were written,
   * each with the one place it comes from (KIP-525).
   */
  public List<DescribedConfig> newTopic(Map<String, String> overrides) {
    List<DescribedConfig> described = new ArrayList<>();
    for (ConfigDefinition definition : ConfigCatalog.TOPIC.definitions()) {
      String own = overrides.get(definition.name());
      if (own != null) {
        described.add(describe(definition, own, ConfigSource.TOPIC));
      } else if (!definition.internal()) {
        described.add(
            layers
                .inherited(ConfigSynonyms.ofTopicKey(definition.name()))
                .map(found -> describe(definition, found.value(), found.source()))
                .orElseGet(
                    () -> describe(definition, definition.defaultText(), ConfigSource.DEFAULT)));
      }
    }
    return described;
  }

  private static DescribedConfig describe(
      ConfigDefinition definition, String text, ConfigSource source) {
    return new DescribedConfig(
        definition.name(),
        definition.isSecret() ? null : text,
        source,
        false,
        definition.isSecret(),
        definition.type().id(),
        List.of(),
        definition.documentation());
  }

  /** All keys of a group. */
  public List<DescribedConfig> group(Map<String, String> overrides) {
    ConfigValues values = GroupConfigs.values(overrides, layers.values());
    List<DescribedConfig> described = new ArrayList<>();
    for (ConfigDefinition definition : ConfigCatalog.GROUP.definitions()) {
      List<BrokerConfigLayers.Found> inherited =
          ConfigSynonyms.brokerKeyOfGroupKey(definition.name())
              .map(layers::found)
              .orElseGet(
                  () ->
                      List.of(
                          new BrokerConfigLayers.Found(
                              definition.name(), definition.defaultText(), ConfigSource.DEFAULT)));
      described.add(
          describe(
              definition,
              values.value(definition.name()),
              overrides.containsKey(definition.name()),
              ConfigSource.GROUP,
              inherited));
    }
    return described;
  }

  /** All keys of a client metrics subscription. */
  public List<DescribedConfig> clientMetrics(Map<String, String> overrides) {
    ConfigValues values = ConfigCatalog.CLIENT_METRICS.values(overrides);
    return ConfigCatalog.CLIENT_METRICS.definitions().stream()
        .map(
            definition ->
                describe(
                    definition,
                    values.value(definition.name()),
                    overrides.containsKey(definition.name()),
                    ConfigSource.CLIENT_METRICS,
                    List.of()))
        .toList();
  }

  private static DescribedConfig describe(
      ConfigDefinition definition,
      Object value,
      boolean own,
      ConfigSource ownSource,
      List<BrokerConfigLayers.Found> inherited) {
    String text = definition.isSecret() ? null : definition.type().format(value);
    List<BrokerConfigLayers.Found> synonyms = new ArrayList<>();
    if (own) {
      synonyms.add(new BrokerConfigLayers.Found(definition.name(), text, ownSource));
    }
    synonyms.addAll(inherited);
    return new DescribedConfig(
        definition.name(),
        text,
        source(synonyms),
        false,
        definition.isSecret(),
        definition.type().id(),
        synonyms,
        definition.documentation());
  }

  private static ConfigSource source(List<BrokerConfigLayers.Found> synonyms) {
    return synonyms.isEmpty() ? ConfigSource.DEFAULT : synonyms.getFirst().source();
  }

  /**
   * All of Kafka's keys of this broker, and whatever else is set for it: Ottla's own keys too, but
   * where nobody has set them, a tool that knows Kafka's keys finds no others.
   */
  public List<DescribedConfig> broker() {
    TreeSet<String> names = new TreeSet<>(layers.merged().keySet());
    ConfigCatalog.BROKER.definitions().stream()
        .filter(BrokerKeys.describedWhenUnset())
        .forEach(definition -> names.add(definition.name()));
    return names.stream()
        .map(name -> brokerKey(name, valueInForce(name), layers.found(name)))
        .toList();
  }

  private String valueInForce(String name) {
    Optional<ConfigDefinition> definition = BrokerKeys.findAny(name);
    return definition.isPresent()
        ? definition.get().type().format(layers.values().value(name))
        : layers.merged().get(name);
  }

  /** The keys that are set at run time for all brokers. */
  public List<DescribedConfig> allBrokers() {
    List<DescribedConfig> described = new ArrayList<>();
    new TreeMap<>(layers.clusterWide())
        .forEach(
            (name, value) ->
                described.add(
                    brokerKey(
                        name,
                        value,
                        layers.found(name).stream()
                            .filter(found -> found.source() == ConfigSource.DYNAMIC_DEFAULT_BROKER)
                            .toList())));
    return described;
  }

  private static DescribedConfig brokerKey(
      String name, String value, List<BrokerConfigLayers.Found> synonyms) {
    Optional<ConfigDefinition> exact = BrokerKeys.findAny(name);
    boolean secret = BrokerKeys.isSecret(name);
    return new DescribedConfig(
        name,
        secret ? null : value,
        source(synonyms),
        !exact.map(ConfigDefinition::isDynamic).orElse(false),
        secret,
        BrokerKeys.findForType(name)
            .map(definition -> definition.type().id())
            .orElse(ConfigType.UNKNOWN_ID),
        synonyms,
        exact.map(ConfigDefinition::documentation).orElse(null));
  }
}
