package io.ottla.metadata.config;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Values in force and rules of groups (KIP-848, KIP-932, KIP-1071). */
public final class GroupConfigs {

  private static final List<String> KINDS = List.of("consumer", "share", "streams");

  /** Keys whose value must lie between the broker's min and max of the same name. */
  private static final List<String> BOUNDED_KEYS =
      List.of(
          "consumer.heartbeat.interval.ms",
          "consumer.session.timeout.ms",
          "share.heartbeat.interval.ms",
          "share.session.timeout.ms",
          "share.record.lock.duration.ms",
          "share.delivery.count.limit",
          "share.partition.max.record.locks",
          "streams.heartbeat.interval.ms",
          "streams.session.timeout.ms");

  /** As above, but only looked at where a group sets them: the broker's value may change. */
  private static final List<String> BOUNDED_WHEN_SET =
      List.of(
          "consumer.assignment.interval.ms",
          "share.assignment.interval.ms",
          "streams.assignment.interval.ms");

  private static final String STANDBYS = "streams.num.standby.replicas";
  private static final String MAX_STANDBYS = "group.streams.max.standby.replicas";

  private GroupConfigs() {}

  /**
   * The values in force for a group: its own, else the broker's, else the defaults.
   *
   * @param overrides the group's own values, checked when they were set
   */
  public static ConfigValues values(Map<String, String> overrides, ConfigValues broker) {
    Map<String, Object> values = new HashMap<>();
    for (ConfigDefinition definition : ConfigCatalog.GROUP.definitions()) {
      String own = overrides.get(definition.name());
      Object inherited =
          ConfigSynonyms.brokerKeyOfGroupKey(definition.name())
              .map(broker::value)
              .orElse(definition.defaultValue());
      values.put(definition.name(), own != null ? definition.parse(own) : inherited);
    }
    return new ConfigValues(values);
  }

  /**
   * The values a coordinator goes by: those in force, moved into the bounds the broker has by now.
   */
  public static ConfigValues boundedValues(Map<String, String> overrides, ConfigValues broker) {
    Map<String, Object> values = new HashMap<>(values(overrides, broker).asMap());
    List<String> bounded = new ArrayList<>(BOUNDED_KEYS);
    bounded.addAll(BOUNDED_WHEN_SET);
    for (String key : bounded) {
      values.put(
          key,
          Math.clamp(
              (Integer) values.get(key), broker.intValue(min(key)), broker.intValue(max(key))));
    }
    values.put(STANDBYS, Math.min((Integer) values.get(STANDBYS), broker.intValue(MAX_STANDBYS)));
    return new ConfigValues(values);
  }

  /**
   * What is wrong with the values of a group.
   *
   * @param proposed all its own values as they would be, not only those that change
   * @param broker the values in force of the broker's keys
   */
  public static List<ConfigProblem> problems(Map<String, String> proposed, ConfigValues broker) {
    List<ConfigProblem> problems = new ArrayList<>();
    for (String name : proposed.keySet()) {
      if (!ConfigCatalog.GROUP.contains(name)) {
        problems.add(ConfigProblem.of(name, null, "is not a key of a group"));
      }
    }
    problems.addAll(ConfigCatalog.GROUP.problems(proposed));
    if (!problems.isEmpty()) {
      return problems;
    }
    ConfigValues values = values(proposed, broker);
    BOUNDED_KEYS.forEach(key -> checkBounds(problems, key, values, broker));
    BOUNDED_WHEN_SET.stream()
        .filter(proposed::containsKey)
        .forEach(key -> checkBounds(problems, key, values, broker));
    if (values.intValue(STANDBYS) > broker.intValue(MAX_STANDBYS)) {
      problems.add(
          ConfigProblem.of(
              STANDBYS,
              Integer.toString(values.intValue(STANDBYS)),
              "must be at most " + MAX_STANDBYS + "=" + broker.intValue(MAX_STANDBYS)));
    }
    KINDS.forEach(kind -> checkSession(problems, kind, values));
    return problems;
  }

  private static void checkBounds(
      List<ConfigProblem> problems, String key, ConfigValues values, ConfigValues broker) {
    int value = values.intValue(key);
    int min = broker.intValue(min(key));
    int max = broker.intValue(max(key));
    if (value < min || value > max) {
      problems.add(
          ConfigProblem.of(
              key,
              Integer.toString(value),
              "must be from " + min(key) + "=" + min + " to " + max(key) + "=" + max));
    }
  }

  private static void checkSession(List<ConfigProblem> problems, String kind, ConfigValues values) {
    String session = kind + ".session.timeout.ms";
    String heartbeat = kind + ".heartbeat.interval.ms";
    if (values.intValue(session) <= values.intValue(heartbeat)) {
      problems.add(
          ConfigProblem.of(
              session,
              Integer.toString(values.intValue(session)),
              "must be more than " + heartbeat + "=" + values.intValue(heartbeat)));
    }
  }

  /** group.share.min.session.timeout.ms for share.session.timeout.ms. */
  private static String min(String key) {
    return bound(key, "min.");
  }

  private static String max(String key) {
    return bound(key, "max.");
  }

  private static String bound(String key, String bound) {
    int dot = key.indexOf('.') + 1;
    return "group." + key.substring(0, dot) + bound + key.substring(dot);
  }

  /**
   * Moves the assignment intervals, which may change at run time, into their bounds, which may not.
   *
   * @param broker values of a broker as text; changed in place
   */
  static void clampAssignmentIntervals(Map<String, String> broker) {
    ConfigValues values = ConfigCatalog.BROKER.values(broker);
    for (String key : BOUNDED_WHEN_SET) {
      broker.computeIfPresent(
          "group." + key,
          (name, ignored) ->
              Integer.toString(
                  Math.clamp(
                      values.intValue(name),
                      values.intValue(min(key)),
                      values.intValue(max(key)))));
    }
  }
}
