package io.ottla.compat.upstream;

import io.ottla.compat.upstream.Result.Outcome;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/** What a run of the suite on Ottla comes to, beside the control. */
final class Report {
  private final Control control;
  private final KnownFailures known;
  private final Map<String, Outcome> outcomes = new HashMap<>();

  Report(Control control, KnownFailures known, List<Result> results) {
    this.control = control;
    this.known = known;
    results.forEach(result -> outcomes.put(result.test(), result.outcome()));
  }

  /** One line. */
  String figure() {
    Row total = new Row();
    rows().values().forEach(total::add);
    return "%d of the %d tests that pass on stock Kafka 4.3.1 started the same way pass; %d fail on Ottla only; %d are not applicable and %d fail on Kafka"
        .formatted(
            total.passed,
            total.passedOnKafka,
            total.passedOnKafka - total.passed,
            total.all - total.applicable,
            total.applicable - total.passedOnKafka);
  }

  /** Markdown: the classes, and why what fails on Ottla only fails. */
  String text() {
    StringBuilder text = new StringBuilder();
    text.append("| class | tests | applicable | passed on Kafka | passed on Ottla |\n");
    text.append("|---|---|---|---|---|\n");
    Row total = new Row();
    rows()
        .forEach(
            (name, row) -> {
              total.add(row);
              append(text, "`" + name + "`", row);
            });
    append(text, "**all**", total);
    text.append("\nWhat passes on Kafka and fails on Ottla:\n\n");
    failuresByReason()
        .forEach(
            (reason, tests) ->
                text.append("- ")
                    .append(reason)
                    .append(": ")
                    .append(tests.size())
                    .append(tests.size() <= 8 ? " (`" + String.join("`, `", tests) + "`)" : "")
                    .append('\n'));
    return text.toString();
  }

  private static void append(StringBuilder text, String name, Row row) {
    text.append(
        "| %s | %d | %d | %d | %d |\n"
            .formatted(name, row.all, row.applicable, row.passedOnKafka, row.passed));
  }

  private Map<String, List<String>> failuresByReason() {
    Map<String, List<String>> tests = new LinkedHashMap<>();
    control.outcomes().keySet().stream()
        .filter(control::isApplicable)
        .filter(test -> outcomes.get(test) != Outcome.PASSED)
        .forEach(
            test ->
                tests
                    .computeIfAbsent(
                        known.reasons().getOrDefault(test, "not expected to fail"),
                        reason -> new ArrayList<>())
                    .add(test.substring(test.lastIndexOf('.', test.indexOf('#')) + 1)));
    return tests;
  }

  private SortedMap<String, Row> rows() {
    SortedMap<String, Row> rows = new TreeMap<>();
    control
        .outcomes()
        .forEach(
            (test, onKafka) -> {
              Row row =
                  rows.computeIfAbsent(test.substring(0, test.indexOf('#')), name -> new Row());
              row.all++;
              row.applicable += onKafka == Outcome.NOT_APPLICABLE ? 0 : 1;
              if (onKafka == Outcome.PASSED) {
                row.passedOnKafka++;
                row.passed += outcomes.get(test) == Outcome.PASSED ? 1 : 0;
              }
            });
    return rows;
  }

  /** Counts of tests. */
  private static final class Row {
    private int all;
    private int applicable;
    private int passedOnKafka;
    private int passed;

    private void add(Row other) {
      all += other.all;
      applicable += other.applicable;
      passedOnKafka += other.passedOnKafka;
      passed += other.passed;
    }
  }
}
