package io.ottla.broker.config;

import io.ottla.metadata.config.ConfigProblem;
import io.ottla.metadata.config.ConfigValues;
import java.util.List;
import java.util.Map;

/**
 * The assignors of consumer groups ({@code group.consumer.assignors}). Kafka loads any class; those
 * that it brings are known here by their names and by the names of their classes.
 */
public final class GroupAssignors {

  private static final String KEY = "group.consumer.assignors";

  private static final String PACKAGE = "org.apache.kafka.coordinator.group.assignor.";

  private static final Map<String, String> KNOWN =
      Map.of(
          "uniform",
          "uniform",
          PACKAGE + "UniformAssignor",
          "uniform",
          "range",
          "range",
          PACKAGE + "RangeAssignor",
          "range");

  private GroupAssignors() {}

  /** The names of the assignors, the default first. */
  public static List<String> names(ConfigValues values) {
    return values.list(KEY).stream().map(KNOWN::get).distinct().toList();
  }

  static List<ConfigProblem> problems(ConfigValues values) {
    return values.list(KEY).stream()
        .filter(assignor -> !KNOWN.containsKey(assignor))
        .map(
            assignor -> ConfigProblem.of(KEY, assignor, "no other is known than uniform and range"))
        .toList();
  }
}
