package io.ottla.metadata.config;

import java.util.List;
import java.util.stream.Collectors;

/**
 * One thing that is wrong with a configuration.
 *
 * @param kind which error answers it
 * @param key the key, or several keys that contradict each other
 * @param value the value found; null if there is none, or if it must not be repeated
 * @param reason what is allowed, to follow "key=value: "
 */
public record ConfigProblem(Kind kind, String key, String value, String reason) {

  /** Stands for the value of a secret. */
  public static final String HIDDEN = "[hidden]";

  /** The two errors Kafka answers with; which one it takes depends on the resource. */
  public enum Kind {
    INVALID_CONFIG,
    INVALID_REQUEST
  }

  public static ConfigProblem of(String key, String value, String reason) {
    return new ConfigProblem(Kind.INVALID_CONFIG, key, value, reason);
  }

  /** The same problem, answered as a bad request. */
  public ConfigProblem asInvalidRequest() {
    return new ConfigProblem(Kind.INVALID_REQUEST, key, value, reason);
  }

  /** One line for people. */
  public String message() {
    return (value == null ? key : key + "=" + value) + ": " + reason;
  }

  /** All problems in one line, to answer a request with. */
  public static String messages(List<ConfigProblem> problems) {
    return problems.stream().map(ConfigProblem::message).collect(Collectors.joining("; "));
  }

  @Override
  public String toString() {
    return message();
  }
}
