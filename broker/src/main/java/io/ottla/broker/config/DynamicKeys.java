package io.ottla.broker.config;

import io.ottla.metadata.config.BrokerKeys;
import io.ottla.metadata.config.ConfigCatalog;
import io.ottla.metadata.config.ConfigDefinition;
import io.ottla.metadata.config.ConfigProblem;
import io.ottla.metadata.config.ConfigSynonyms;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * What becomes of a broker's key that is set at run time. Topics inherit theirs at once. Where
 * Kafka would act on a change and Ottla does not yet, the change is refused if somebody might rely
 * on it, as on a limit or on security; else it is stored, with a remark, because tools set some
 * keys as a matter of course.
 */
public final class DynamicKeys {

  private static final Set<String> IN_FORCE = inForce();

  private DynamicKeys() {}

  private static Set<String> inForce() {
    Set<String> keys =
        ConfigCatalog.TOPIC.definitions().stream()
            .flatMap(key -> ConfigSynonyms.brokerKeyOfTopicKey(key.name()).stream())
            .collect(Collectors.toSet());
    keys.add("producer.id.expiration.ms");
    keys.add("group.consumer.assignment.interval.ms");
    keys.add("leader.replication.throttled.rate");
    keys.add("follower.replication.throttled.rate");
    keys.addAll(CleanerConfig.KEYS);
    keys.add(MovesConfig.RATE);
    return Set.copyOf(keys);
  }

  /** Why a key that Kafka could change at run time cannot be changed; empty if it can. */
  public static Optional<ConfigProblem> problem(String key) {
    Optional<ConfigDefinition> known =
        BrokerKeys.find(ConfigSynonyms.withoutListener(key).orElse(key));
    boolean isKafkasToCheck = known.isEmpty() || !known.get().isDynamic();
    if (isKafkasToCheck || IN_FORCE.contains(key) || isHarmless(key)) {
      return Optional.empty();
    }
    return Optional.of(
        ConfigProblem.of(
                key, null, "cannot be changed at run time yet; set it in the properties file")
            .asInvalidRequest());
  }

  /** What to tell of a key that is stored but has no effect; empty if it has one. */
  public static Optional<String> remark(String key) {
    return IN_FORCE.contains(key) || problem(key).isPresent()
        ? Optional.empty()
        : Optional.of(key + " is stored, but has no effect");
  }

  private static boolean isHarmless(String key) {
    KeySupport.Support support = KeySupport.all().get(key);
    boolean works = support == null || support == KeySupport.Support.USED;
    boolean protects =
        support == KeySupport.Support.REFUSED
            || key.startsWith("ssl.")
            || key.startsWith("sasl.")
            || key.equals("max.connection.creation.rate");
    return !works && !protects;
  }
}
