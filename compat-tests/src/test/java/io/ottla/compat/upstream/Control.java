package io.ottla.compat.upstream;

import io.ottla.compat.upstream.Result.Outcome;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collection;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * How the tests ended on stock Kafka, as a file of the repository has it: what does not pass there
 * says nothing about Ottla.
 */
record Control(SortedMap<String, Outcome> outcomes) {

  static Control read(Path file) throws IOException {
    SortedMap<String, Outcome> outcomes = new TreeMap<>();
    for (String line : Files.readAllLines(file)) {
      if (!line.isBlank() && !line.startsWith("#")) {
        String[] parts = line.split(" ", 2);
        outcomes.put(parts[1], Outcome.valueOf(parts[0]));
      }
    }
    return new Control(outcomes);
  }

  static void write(Path file, Collection<Result> results) throws IOException {
    SortedMap<String, Result> sorted = new TreeMap<>();
    results.forEach(result -> sorted.put(result.test(), result));
    StringBuilder text =
        new StringBuilder(
            """
            # How Apache Kafka's own client tests end on stock Apache Kafka started as processes of its own.
            # Written by: mvn verify -Pupstream -Dcompat.broker=kafka
            """);
    for (Result result : sorted.values()) {
      if (result.outcome() != Outcome.PASSED) {
        text.append("# ").append(result.why().replaceAll("\\s+", " ")).append('\n');
      }
      text.append(result.outcome()).append(' ').append(result.test()).append('\n');
    }
    Files.createDirectories(file.getParent());
    Files.writeString(file, text);
  }

  /** Whether a test passes on Kafka, so that it has to pass on Ottla. */
  boolean isApplicable(String test) {
    return outcomes.get(test) == Outcome.PASSED;
  }

  boolean knows(String test) {
    return outcomes.containsKey(test);
  }

  Map<Outcome, Long> counts() {
    Map<Outcome, Long> counts = new TreeMap<>();
    outcomes.values().forEach(outcome -> counts.merge(outcome, 1L, Long::sum));
    return counts;
  }
}
