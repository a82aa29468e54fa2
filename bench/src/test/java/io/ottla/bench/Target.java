package io.ottla.bench;

import io.ottla.bench.Metric.Better;
import java.util.Locale;

/**
 * What side B is meant to reach.
 *
 * @param figure what the report calls it
 * @param ratio B's median over A's: at most this where lower is better, at least this where higher
 *     is; NaN for none
 * @param limit that no single value of B may pass, in the metric's unit; NaN for none
 */
public record Target(String figure, Metric metric, double ratio, double limit) {

  static final String HEADER =
      """
      | figure | target | unit | %s | %s | ratio | met |
      | --- | --- | --- | ---: | ---: | ---: | --- |
      """;

  /** A target that is only about the other side. */
  public static Target ratio(String figure, Metric metric, double ratio) {
    return new Target(figure, metric, ratio, Double.NaN);
  }

  /** A target that no value may miss, whatever the other side does. */
  public static Target limit(String figure, Metric metric, double limit) {
    return new Target(figure, metric, Double.NaN, limit);
  }

  boolean metBy(Range a, Range b) {
    return withinRatio(a, b) && withinLimit(b);
  }

  private boolean withinRatio(Range a, Range b) {
    if (Double.isNaN(ratio)) {
      return true;
    }
    return metric.better() == Better.HIGHER
        ? b.median() >= ratio * a.median()
        : b.median() <= ratio * a.median();
  }

  private boolean withinLimit(Range b) {
    if (Double.isNaN(limit)) {
      return true;
    }
    return metric.better() == Better.HIGHER ? b.min() >= limit : b.max() <= limit;
  }

  String row(Range a, Range b) {
    return "| %s | %s | %s | %s | %s | %s | %s |\n"
        .formatted(
            figure,
            wanted(),
            metric.unit(),
            Report.cell(a),
            Report.cell(b),
            Report.ratio(a, b),
            a.count() == 0 || b.count() == 0 ? "not measured" : metBy(a, b) ? "yes" : "**no**");
  }

  private String wanted() {
    String bound = metric.better() == Better.HIGHER ? "at least" : "at most";
    String ofRatio = Double.isNaN(ratio) ? "" : plain(ratio) + " of the other";
    String ofLimit =
        Double.isNaN(limit) ? "" : "in every round " + plain(limit) + " " + metric.unit();
    return bound + " " + ofRatio + (ofRatio.isEmpty() || ofLimit.isEmpty() ? "" : ", ") + ofLimit;
  }

  private static String plain(double value) {
    return value == Math.rint(value)
        ? String.format(Locale.ROOT, "%,.0f", value)
        : Double.toString(value);
  }
}
