package io.ottla.metadata.config;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;

/** Rules of client metrics subscriptions (KIP-714). */
public final class ClientMetricsConfigs {

  private static final int MIN_INTERVAL_MS = 100;
  private static final int MAX_INTERVAL_MS = 3_600_000;
  private static final String INTERVAL = "interval.ms";
  private static final String MATCH = "match";

  /** What a subscription may pick clients by. */
  private static final Set<String> SELECTORS =
      Set.of(
          "client_instance_id",
          "client_id",
          "client_software_name",
          "client_software_version",
          "client_source_address",
          "client_source_port");

  private ClientMetricsConfigs() {}

  /**
   * What is wrong with a subscription.
   *
   * @param proposed all its values as they would be
   */
  public static List<ConfigProblem> problems(String subscription, Map<String, String> proposed) {
    List<ConfigProblem> problems = new ArrayList<>();
    if (subscription.isEmpty()) {
      problems.add(
          ConfigProblem.of("name", null, "a subscription must have one").asInvalidRequest());
    }
    for (String name : proposed.keySet()) {
      if (!ConfigCatalog.CLIENT_METRICS.contains(name)) {
        problems.add(
            ConfigProblem.of(name, null, "is not a key of client metrics").asInvalidRequest());
      }
    }
    problems.addAll(ConfigCatalog.CLIENT_METRICS.problems(proposed));
    if (problems.isEmpty()) {
      ConfigValues values = ConfigCatalog.CLIENT_METRICS.values(proposed);
      int intervalMs = values.intValue(INTERVAL);
      if (intervalMs < MIN_INTERVAL_MS || intervalMs > MAX_INTERVAL_MS) {
        problems.add(
            ConfigProblem.of(
                    INTERVAL,
                    Integer.toString(intervalMs),
                    "must be from " + MIN_INTERVAL_MS + " to " + MAX_INTERVAL_MS)
                .asInvalidRequest());
      }
      for (String entry : values.list(MATCH)) {
        if (!isMatch(entry)) {
          problems.add(
              ConfigProblem.of(MATCH, entry, "must be selector=pattern, with a known selector"));
        }
      }
    }
    return problems;
  }

  private static boolean isMatch(String entry) {
    String[] parts = entry.split("=", 0);
    return parts.length == 2 && SELECTORS.contains(parts[0].trim()) && isPattern(parts[1].trim());
  }

  private static boolean isPattern(String text) {
    try {
      Pattern.compile(text);
      return true;
    } catch (PatternSyntaxException e) {
      return false;
    }
  }
}
