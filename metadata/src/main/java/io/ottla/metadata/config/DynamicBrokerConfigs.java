package io.ottla.metadata.config;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** What may be set on brokers at run time (KIP-226). */
public final class DynamicBrokerConfigs {

  private static final String OTTLA_PREFIX = "ottla.";

  /** TLS material may only be changed listener by listener. */
  private static final Set<String> ONLY_PER_LISTENER =
      Set.of(
          "ssl.keystore.type",
          "ssl.keystore.location",
          "ssl.keystore.password",
          "ssl.key.password",
          "ssl.truststore.type",
          "ssl.truststore.location",
          "ssl.truststore.password",
          "ssl.keystore.certificate.chain",
          "ssl.keystore.key",
          "ssl.truststore.certificates");

  /** Limits of a listener that may be the same on all brokers. */
  private static final Set<String> CLUSTER_WIDE_PER_LISTENER =
      Set.of("max.connections", "max.connection.creation.rate", "num.network.threads");

  /** Pools that may at most double or halve at a time. */
  private static final List<String> POOLS =
      List.of(
          "num.io.threads",
          "num.replica.fetchers",
          "num.recovery.threads.per.data.dir",
          "background.threads",
          "log.cleaner.threads");

  private DynamicBrokerConfigs() {}

  /**
   * What is wrong with values that are to be set at run time. Kafka answers all of it as a bad
   * request.
   *
   * @param proposed all values of the resource as they would be, not only those that change
   * @param ofBroker whether for one broker, or for the cluster
   * @param layers the broker's values as they are
   */
  public static List<ConfigProblem> problems(
      Map<String, String> proposed, boolean ofBroker, BrokerConfigLayers layers) {
    return find(proposed, ofBroker, layers).stream().map(ConfigProblem::asInvalidRequest).toList();
  }

  private static List<ConfigProblem> find(
      Map<String, String> proposed, boolean ofBroker, BrokerConfigLayers layers) {
    List<ConfigProblem> problems = new ArrayList<>();
    proposed.forEach((name, value) -> problem(name, value, ofBroker).ifPresent(problems::add));
    if (!problems.isEmpty()) {
      return problems;
    }
    BrokerConfigLayers after =
        ofBroker
            ? layers.withDynamic(layers.clusterWide(), proposed)
            : layers.withDynamic(proposed, layers.ofBroker());
    problems.addAll(poolProblems(layers.values(), after.values()));
    problems.addAll(BrokerConfigRules.problems(after.values()));
    problems.addAll(
        TopicConfigs.localRetentionProblems(TopicConfigs.values(Map.of(), after.values()), "log."));
    return problems;
  }

  private static List<ConfigProblem> poolProblems(ConfigValues before, ConfigValues after) {
    List<ConfigProblem> problems = new ArrayList<>();
    for (String pool : POOLS) {
      int was = before.intValue(pool);
      int is = after.intValue(pool);
      if (is != was && (is < 1 || is < was / 2 || is > was * 2)) {
        problems.add(
            ConfigProblem.of(
                pool,
                Integer.toString(is),
                "must be at least 1, at least half and at most double of the current " + was));
      }
    }
    return problems;
  }

  /** The values of a layer that this broker can use. */
  static Map<String, String> usable(Map<String, String> stored, boolean ofBroker) {
    Map<String, String> usable = new HashMap<>(stored);
    stored.forEach(
        (name, value) -> problem(name, value, ofBroker).ifPresent(p -> usable.remove(name)));
    return Map.copyOf(usable);
  }

  private static Optional<ConfigProblem> problem(String name, String value, boolean ofBroker) {
    if (BrokerKeys.findAny(name).map(definition -> !definition.isDynamic()).orElse(false)) {
      return Optional.of(ConfigProblem.of(name, null, "cannot be changed while the broker runs"));
    }
    if (name.startsWith(OTTLA_PREFIX)) {
      return Optional.of(ConfigProblem.of(name, null, "is not a key of Ottla"));
    }
    if (ONLY_PER_LISTENER.contains(name)) {
      return Optional.of(
          ConfigProblem.of(name, null, "can only be changed as listener.name.<name>." + name));
    }
    if (!ofBroker && isPerBroker(name)) {
      return Optional.of(
          ConfigProblem.of(name, null, "can only be set for one broker, not for the cluster"));
    }
    String base = ConfigSynonyms.withoutListener(name).orElse(name);
    return ConfigCatalog.BROKER
        .find(base)
        .filter(ConfigDefinition::isDynamic)
        .flatMap(definition -> definition.problem(value))
        .map(problem -> ConfigProblem.of(name, problem.value(), problem.reason()));
  }

  private static boolean isPerBroker(String name) {
    Optional<String> base = ConfigSynonyms.withoutListener(name);
    if (base.isPresent()) {
      return !CLUSTER_WIDE_PER_LISTENER.contains(base.get());
    }
    return ConfigCatalog.BROKER
        .find(name)
        .filter(definition -> definition.updateMode() == UpdateMode.PER_BROKER)
        .isPresent();
  }
}
