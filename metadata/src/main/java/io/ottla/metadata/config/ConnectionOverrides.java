package io.ottla.metadata.config;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;

/**
 * The value of max.connections.per.ip.overrides: how many connections named hosts may have.
 *
 * @param problems what could not be read
 */
public record ConnectionOverrides(Map<String, Integer> perHost, List<ConfigProblem> problems) {

  private static final String KEY = "max.connections.per.ip.overrides";
  private static final Pattern HOST = Pattern.compile(HostPort.HOST_CHARACTERS);

  public ConnectionOverrides {
    perHost = Map.copyOf(perHost);
    problems = List.copyOf(problems);
  }

  /** Reads host:count entries separated by commas; the last colon of an entry counts. */
  public static ConnectionOverrides parse(String text) {
    Map<String, Integer> perHost = new HashMap<>();
    List<ConfigProblem> problems = new ArrayList<>();
    if (!text.isEmpty()) {
      for (String entry : text.split("\\s*,\\s*", 0)) {
        if (!add(perHost, entry)) {
          problems.add(ConfigProblem.of(KEY, text, "entry " + entry + " must be host:count"));
        }
      }
    }
    return new ConnectionOverrides(perHost, problems);
  }

  private static boolean add(Map<String, Integer> perHost, String entry) {
    int colon = entry.lastIndexOf(':');
    if (colon < 0) {
      return false;
    }
    String host = entry.substring(0, colon).trim();
    try {
      perHost.put(host, Integer.valueOf(entry.substring(colon + 1).trim()));
    } catch (NumberFormatException e) {
      return false;
    }
    return HOST.matcher(host).matches();
  }
}
