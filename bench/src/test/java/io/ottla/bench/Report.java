package io.ottla.bench;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import io.ottla.bench.Metric.Better;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/** Gathers the samples of both sides and sets them side by side. */
public final class Report {

  private final String title;
  private final String labelA;
  private final String labelB;
  private final Map<Metric, List<Double>> a = new LinkedHashMap<>();
  private final Map<Metric, List<Double>> b = new LinkedHashMap<>();
  private final Map<String, String> facts = new LinkedHashMap<>();
  private final List<Target> targets = new ArrayList<>();
  private final List<String> failures = new ArrayList<>();

  Report(String title, String labelA, String labelB) {
    this.title = title;
    this.labelA = labelA;
    this.labelB = labelB;
  }

  void addA(List<Sample> samples) {
    add(a, samples);
  }

  void addB(List<Sample> samples) {
    add(b, samples);
  }

  public void fact(String name, String value) {
    facts.put(name, value);
  }

  /** Has the report begin with what B is meant to reach. */
  public void target(Target target) {
    targets.add(target);
  }

  /** Notes what could not be measured. From then on a side may lack what the other has. */
  public void failure(String what) {
    failures.add(what);
  }

  /** What could not be measured, in the order noted. */
  public List<String> failures() {
    return List.copyOf(failures);
  }

  private static void add(Map<Metric, List<Double>> side, List<Sample> samples) {
    for (Sample sample : samples) {
      side.computeIfAbsent(sample.metric(), metric -> new ArrayList<>()).add(sample.value());
    }
  }

  /**
   * @throws MeasurementException if one side has a measurement that the other lacks, though nothing
   *     is known to have failed
   */
  String markdown() {
    if (failures.isEmpty() && !a.keySet().equals(b.keySet())) {
      throw new MeasurementException("the sides differ: " + a.keySet() + " and " + b.keySet());
    }
    StringBuilder text = new StringBuilder();
    text.append("# ").append(title).append("\n\n");
    facts.forEach(
        (name, value) -> text.append("- ").append(name).append(": ").append(value).append('\n'));
    text.append(
        """

        Smallest / *median* / largest of the rounds. The ratio is that of the medians; `~` marks
        those where the ranges overlap. GB are 10^9 bytes of record values. How each figure is
        taken: bench/README.md.
        """);
    if (!failures.isEmpty()) {
      text.append("\n**Not everything could be measured:**\n\n");
      failures.forEach(failure -> text.append("- ").append(failure).append('\n'));
    }
    if (!targets.isEmpty()) {
      text.append("\n## targets\n\n").append(Target.HEADER.formatted(labelA, labelB));
      targets.forEach(
          target -> text.append(target.row(range(a, target.metric()), range(b, target.metric()))));
    }
    Map<String, List<Metric>> groups = new LinkedHashMap<>();
    metrics()
        .forEach(
            metric -> groups.computeIfAbsent(metric.group(), key -> new ArrayList<>()).add(metric));
    groups.forEach(
        (group, metrics) -> {
          text.append("\n## ").append(group).append("\n\n");
          text.append(
              "| | unit | %s | %s | %s / %s | better |\n"
                  .formatted(labelA, labelB, labelB, labelA));
          text.append("| --- | --- | ---: | ---: | ---: | --- |\n");
          metrics.forEach(metric -> text.append(row(metric)));
        });
    return text.toString();
  }

  /** Every value of every round, in the order taken. */
  String json() throws IOException {
    List<Map<String, Object>> measurements = new ArrayList<>();
    for (Metric metric : metrics()) {
      Map<String, Object> measurement = new LinkedHashMap<>();
      measurement.put("group", metric.group());
      measurement.put("name", metric.name());
      measurement.put("unit", metric.unit());
      if (metric.better() != Better.NONE) {
        measurement.put("better", metric.better().name().toLowerCase(Locale.ROOT));
      }
      measurement.put("a", a.getOrDefault(metric, List.of()));
      measurement.put("b", b.getOrDefault(metric, List.of()));
      measurements.add(measurement);
    }
    Map<String, Object> document = new LinkedHashMap<>();
    document.put("title", title);
    document.put("a", labelA);
    document.put("b", labelB);
    document.put("facts", facts);
    if (!failures.isEmpty()) {
      document.put("failures", failures);
    }
    document.put("measurements", measurements);
    return new ObjectMapper()
            .enable(SerializationFeature.INDENT_OUTPUT)
            .writeValueAsString(document)
        + "\n";
  }

  private Set<Metric> metrics() {
    Set<Metric> metrics = new LinkedHashSet<>(a.keySet());
    metrics.addAll(b.keySet());
    return metrics;
  }

  private static Range range(Map<Metric, List<Double>> side, Metric metric) {
    List<Double> values = side.getOrDefault(metric, List.of());
    return values.isEmpty() ? Range.NONE : Range.of(values);
  }

  private String row(Metric metric) {
    Range rangeA = range(a, metric);
    Range rangeB = range(b, metric);
    String better =
        switch (metric.better()) {
          case HIGHER -> "higher";
          case LOWER -> "lower";
          case NONE -> "";
        };
    return "| %s | %s | %s | %s | %s | %s |\n"
        .formatted(
            metric.name(),
            metric.unit(),
            cell(rangeA),
            cell(rangeB),
            ratio(rangeA, rangeB),
            better);
  }

  static String cell(Range range) {
    if (range.count() == 0) {
      return "-";
    }
    return range.count() == 1
        ? number(range.median())
        : "%s / *%s* / %s"
            .formatted(number(range.min()), number(range.median()), number(range.max()));
  }

  static String ratio(Range rangeA, Range rangeB) {
    if (rangeA.count() == 0 || rangeB.count() == 0 || rangeA.median() == 0) {
      return "-";
    }
    String ratio = String.format(Locale.ROOT, "%.2f", rangeB.median() / rangeA.median());
    return rangeA.overlaps(rangeB) ? ratio + " ~" : ratio;
  }

  /** Three digits that count, without an exponent. */
  private static String number(double value) {
    double magnitude = Math.abs(value);
    String format = magnitude >= 100 ? "%,.0f" : magnitude >= 10 ? "%.1f" : "%.2f";
    return String.format(Locale.ROOT, format, value);
  }
}
