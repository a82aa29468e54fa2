package io.ottla.broker.config;

import io.ottla.metadata.config.ConfigProblem;
import java.util.List;
import java.util.stream.Collectors;

/** The broker cannot start with its configuration. The message has a line for each problem. */
public final class InvalidBrokerConfigException extends Exception {

  private static final long serialVersionUID = 1L;

  private final transient List<ConfigProblem> problems;

  InvalidBrokerConfigException(String origin, List<ConfigProblem> problems) {
    super(message(origin, problems));
    this.problems = List.copyOf(problems);
  }

  private static String message(String origin, List<ConfigProblem> problems) {
    String head = problems.size() == 1 ? "1 problem in " : problems.size() + " problems in ";
    return problems.stream()
        .map(problem -> "\n  " + problem.message())
        .collect(Collectors.joining("", head + origin + ":", ""));
  }

  /** In the order of the message. */
  public List<ConfigProblem> problems() {
    return problems;
  }
}
