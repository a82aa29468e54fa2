package io.ottla.bench;

import java.util.Arrays;
import java.util.Collection;

/** The smallest, middle and largest of some values. */
record Range(double min, double median, double max, int count) {

  /**
   * @throws IllegalArgumentException if there is no value
   */
  static Range of(Collection<Double> values) {
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

  boolean overlaps(Range other) {
    return min <= other.max && other.min <= max;
  }
}
