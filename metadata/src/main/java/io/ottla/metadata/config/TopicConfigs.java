package io.ottla.metadata.config;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Values in force and rules of topics. */
public final class TopicConfigs {

  private static final String RETENTION_MS = "retention.ms";
  private static final String RETENTION_BYTES = "retention.bytes";
  private static final String LOCAL_RETENTION_MS = "local.retention.ms";
  private static final String LOCAL_RETENTION_BYTES = "local.retention.bytes";
  private static final String REMOTE_ENABLE = "remote.storage.enable";
  private static final String SYSTEM_ENABLE = "remote.log.storage.system.enable";
  private static final String REMOTE_COPY_DISABLE = "remote.log.copy.disable";
  private static final String REMOTE_DELETE_ON_DISABLE = "remote.log.delete.on.disable";

  /** A local retention of this value is the same as the retention as a whole. */
  private static final long SAME_AS_RETENTION = -2;

  private static final long UNLIMITED = -1;

  private TopicConfigs() {}

  /**
   * The values in force for a topic: its own, else the broker's, else the defaults.
   *
   * @param overrides the topic's own values, checked
   * @param broker the values in force of the broker's keys
   */
  public static ConfigValues values(Map<String, String> overrides, ConfigValues broker) {
    Map<String, Object> values = new HashMap<>();
    for (ConfigDefinition definition : ConfigCatalog.TOPIC.definitions()) {
      String own = overrides.get(definition.name());
      values.put(
          definition.name(), own != null ? definition.parse(own) : inherited(definition, broker));
    }
    return new ConfigValues(values);
  }

  private static Object inherited(ConfigDefinition definition, ConfigValues broker) {
    for (ConfigSynonyms.BrokerKey key : ConfigSynonyms.ofTopicKey(definition.name())) {
      Object value = broker.value(key.name());
      if (value != null) {
        return normalized(definition, key.convert(value));
      }
    }
    return definition.defaultValue();
  }

  /** The broker takes any negative retention for unlimited, a topic only -1. */
  private static Object normalized(ConfigDefinition definition, Object value) {
    boolean isRetention = definition.name().equals(RETENTION_MS);
    return isRetention && ((Number) value).longValue() < 0 ? (Object) UNLIMITED : value;
  }

  /**
   * What is wrong with the values of a topic.
   *
   * @param existing the topic's own values so far; empty for a new topic
   * @param proposed all its own values as they would be, not only those that change
   * @param broker the values in force of the broker's keys
   */
  public static List<ConfigProblem> problems(
      Map<String, String> existing, Map<String, String> proposed, ConfigValues broker) {
    List<ConfigProblem> problems = new ArrayList<>();
    for (String name : proposed.keySet()) {
      if (!ConfigCatalog.TOPIC.contains(name)) {
        problems.add(ConfigProblem.of(name, null, "is not a key of a topic"));
      }
    }
    problems.addAll(ConfigCatalog.TOPIC.problems(proposed));
    if (!problems.isEmpty()) {
      return problems;
    }
    ConfigValues values = values(proposed, broker);
    problems.addAll(compactionLagProblems(values, ""));
    if (!broker.flag(SYSTEM_ENABLE)) {
      problems.addAll(withoutTiering(existing, proposed));
    }
    if (values.flag(REMOTE_ENABLE)) {
      problems.addAll(tieredProblems(values, broker));
    } else if (Boolean.parseBoolean(existing.get(REMOTE_ENABLE))
        && !values.flag(REMOTE_DELETE_ON_DISABLE)) {
      problems.add(
          ConfigProblem.of(
              REMOTE_ENABLE,
              "false",
              "tiering can only be switched off together with "
                  + REMOTE_DELETE_ON_DISABLE
                  + "=true; to keep tiered data and add none, set "
                  + REMOTE_COPY_DISABLE
                  + "=true instead"));
    }
    return problems;
  }

  /** Rules on the lags, whose names have a prefix on the broker. */
  static List<ConfigProblem> compactionLagProblems(ConfigValues values, String prefix) {
    String min = prefix + "min.compaction.lag.ms";
    String max = prefix + "max.compaction.lag.ms";
    return values.longValue(min) <= values.longValue(max)
        ? List.of()
        : List.of(
            ConfigProblem.of(
                min,
                Long.toString(values.longValue(min)),
                "must be at most " + max + "=" + values.longValue(max)));
  }

  private static List<ConfigProblem> tieredProblems(ConfigValues values, ConfigValues broker) {
    List<ConfigProblem> problems = new ArrayList<>();
    if (!broker.flag(SYSTEM_ENABLE)) {
      problems.add(ConfigProblem.of(REMOTE_ENABLE, "true", "this cluster has no tiered storage"));
      return problems;
    }
    List<String> policy = values.list("cleanup.policy");
    if (!policy.isEmpty() && !policy.equals(List.of("delete"))) {
      problems.add(
          ConfigProblem.of(
              "cleanup.policy",
              String.join(",", policy),
              "must be delete or empty for a topic in tiered storage"));
    }
    problems.addAll(localRetentionProblems(values, ""));
    if (values.flag(REMOTE_COPY_DISABLE)) {
      requireSame(problems, values, LOCAL_RETENTION_BYTES, RETENTION_BYTES);
      requireSame(problems, values, LOCAL_RETENTION_MS, RETENTION_MS);
    }
    return problems;
  }

  /**
   * Kafka takes local retention without tiered storage, where it has no effect: whoever sets it
   * finds out when the disk is full. What a topic had before, as one that was Kafka's may, stays.
   */
  private static List<ConfigProblem> withoutTiering(
      Map<String, String> existing, Map<String, String> proposed) {
    List<ConfigProblem> problems = new ArrayList<>();
    Map.of(LOCAL_RETENTION_MS, RETENTION_MS, LOCAL_RETENTION_BYTES, RETENTION_BYTES)
        .forEach(
            (local, whole) -> {
              String value = proposed.get(local);
              if (value != null
                  && !value.equals(existing.get(local))
                  && Long.parseLong(value.strip()) != SAME_AS_RETENTION) {
                problems.add(
                    ConfigProblem.of(
                        local,
                        value,
                        "this cluster has no tiered storage, all that a topic keeps is local: set "
                            + whole
                            + " instead"));
              }
            });
    return problems;
  }

  private static void requireSame(
      List<ConfigProblem> problems, ConfigValues values, String local, String whole) {
    long localValue = values.longValue(local);
    if (localValue != SAME_AS_RETENTION && localValue != values.longValue(whole)) {
      problems.add(
          ConfigProblem.of(
              local,
              Long.toString(localValue),
              "must equal " + whole + " while nothing more is copied to tiered storage"));
    }
  }

  /**
   * Rules on local retention.
   *
   * @param prefix what to put before the names in a problem
   */
  static List<ConfigProblem> localRetentionProblems(ConfigValues values, String prefix) {
    List<ConfigProblem> problems = new ArrayList<>();
    requireLess(problems, values, LOCAL_RETENTION_BYTES, RETENTION_BYTES, prefix);
    requireLess(problems, values, LOCAL_RETENTION_MS, RETENTION_MS, prefix);
    return problems;
  }

  private static void requireLess(
      List<ConfigProblem> problems,
      ConfigValues values,
      String local,
      String whole,
      String prefix) {
    long localValue = values.longValue(local);
    long wholeValue = values.longValue(whole);
    boolean limited = wholeValue > UNLIMITED && localValue != SAME_AS_RETENTION;
    if (limited && (localValue == UNLIMITED || localValue > wholeValue)) {
      problems.add(
          ConfigProblem.of(
              prefix + local,
              Long.toString(localValue),
              "must be at most " + prefix + whole + "=" + wholeValue + ", and not unlimited"));
    }
  }
}
