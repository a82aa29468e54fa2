package io.ottla.broker;

import io.ottla.metadata.config.BrokerConfigLayers;
import io.ottla.metadata.config.BrokerKeys;
import io.ottla.metadata.config.ClientMetricsConfigs;
import io.ottla.metadata.config.ConfigCatalog;
import io.ottla.metadata.config.ConfigDefinition;
import io.ottla.metadata.config.ConfigProblem;
import io.ottla.metadata.config.DynamicBrokerConfigs;
import io.ottla.metadata.config.GroupConfigs;
import io.ottla.metadata.config.TopicConfigs;
import io.ottla.metadata.controller.ConfigRules;
import io.ottla.metadata.controller.ControllerException;
import io.ottla.metadata.image.ConfigResource;
import io.ottla.wire.ErrorCode;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;

/** The rules of all configuration keys, for the controller. Any thread. */
final class ClusterConfigRules implements ConfigRules {

  private final Supplier<BrokerConfigLayers> layers;

  /**
   * @param layers the broker's own values, which topics and groups inherit
   */
  ClusterConfigRules(Supplier<BrokerConfigLayers> layers) {
    this.layers = layers;
  }

  @Override
  public void validate(
      ConfigResource resource, Map<String, String> existing, Map<String, String> configs) {
    List<ConfigProblem> problems =
        switch (resource.type()) {
          case TOPIC -> TopicConfigs.problems(existing, configs, layers.get().values());
          case BROKER ->
              DynamicBrokerConfigs.problems(configs, !resource.name().isEmpty(), layers.get());
          case GROUP -> GroupConfigs.problems(configs, layers.get().values());
          case CLIENT_METRICS -> ClientMetricsConfigs.problems(resource.name(), configs);
          case KAFKA -> List.of();
        };
    if (!problems.isEmpty()) {
      boolean badRequest =
          problems.stream()
              .anyMatch(problem -> problem.kind() == ConfigProblem.Kind.INVALID_REQUEST);
      throw new ControllerException(
          badRequest ? ErrorCode.INVALID_REQUEST : ErrorCode.INVALID_CONFIG,
          ConfigProblem.messages(problems));
    }
  }

  @Override
  public boolean isList(ConfigResource.Type type, String key) {
    return definition(type, key).map(ConfigDefinition::isList).orElse(false);
  }

  @Override
  public String defaultValue(ConfigResource.Type type, String key) {
    return definition(type, key).map(ConfigDefinition::defaultText).orElse(null);
  }

  private static Optional<ConfigDefinition> definition(ConfigResource.Type type, String key) {
    return switch (type) {
      case TOPIC -> ConfigCatalog.TOPIC.find(key);
      case BROKER -> BrokerKeys.find(key);
      case GROUP -> ConfigCatalog.GROUP.find(key);
      case CLIENT_METRICS -> ConfigCatalog.CLIENT_METRICS.find(key);
      case KAFKA -> Optional.empty();
    };
  }
}
