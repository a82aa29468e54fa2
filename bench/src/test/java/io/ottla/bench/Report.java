package io.ottla.bench;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import io.ottla.bench.Metric.Better;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** Gathers the samples of both sides and sets them side by side. */
final class Report {

  private final String title;
  private final String labelA;
  private final String labelB;
  private final Map<Metric, List<Double>> a = new LinkedHashMap<>();
  private final Map<Metric, List<Double>> b = new LinkedHashMap<>();
  private final Map<String, String> facts = new LinkedHashMap<>();

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

  void fact(String name, String value) {
    facts.put(name, value);
  }

  private static void add(Map<Metric, List<Double>> side, List<Sample> samples) {
    for (Sample sample : samples) {
      side.computeIfAbsent(sample.metric(), metric -> new ArrayList<>()).add(sample.value());
    }
  }

  /**
   * @throws MeasurementException if one side has a measurement that the other lacks
   */
  String markdown() {
    if (!a.keySet().equals(b.keySet())) {
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
    Map<String, List<Metric>> groups = new LinkedHashMap<>();
    a.keySet()
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
    for (Metric metric : a.keySet()) {
      Map<String, Object> measurement = new LinkedHashMap<>();
      measurement.put("group", metric.group());
      measurement.put("name", metric.name());
      measurement.put("unit", metric.unit());
      if (metric.better() != Better.NONE) {
        measurement.put("better", metric.better().name().toLowerCase(Locale.ROOT));
      }
      measurement.put("a", a.get(metric));
      measurement.put("b", b.get(metric));
      measurements.add(measurement);
    }
    Map<String, Object> document = new LinkedHashMap<>();
    document.put("title", title);
    document.put("a", labelA);
    document.put("b", labelB);
    document.put("facts", facts);
    document.put("measurements", measurements);
    return new ObjectMapper()
            .enable(SerializationFeature.INDENT_OUTPUT)
            .writeValueAsString(document)
        + "\n";
  }

  private String row(Metric metric) {
    Range rangeA = Range.of(a.get(metric));
    Range rangeB = Range.of(b.get(metric));
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

  private static String cell(Range range) {
    return range.count() == 1
        ? number(range.median())
        : "%s / *%s* / %s"
            .formatted(number(range.min()), number(range.median()), number(range.max()));
  }

  private static String ratio(Range rangeA, Range rangeB) {
    if (rangeA.median() == 0) {
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
