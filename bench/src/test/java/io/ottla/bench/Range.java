package io.ottla.bench;

import java.util.Arrays;
import java.util.Collection;

/** The smallest, middle and largest of some values. */
public record Range(double min, double median, double max, int count) {

  /** Of no value at all: a count of 0, everything else not a number. */
  static final Range NONE = new Range(Double.NaN, Double.NaN, Double.NaN, 0);

  /**
   * @throws IllegalArgumentException if there is no value
   */
  public static Range of(Collection<Double> values) {
    if (values.isEmpty()) {
      throw new IllegalArgumentException("no values");
    }
    double[] sorted = values.stream().mapToDouble(Double::doubleValue).toArray();
    Arrays.sort(sorted);
    int middle = sorted.length / 2;
    double median =
        sorted.length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
    return new Range(sorted[0], median, sorted[sorted.length - 1], sorted.length);
  }

  public boolean overlaps(Range other) {
    return min <= other.max && other.min <= max;
  }
}
