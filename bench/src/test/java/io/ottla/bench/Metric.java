package io.ottla.bench;

/** What is measured, under which load, in which unit, and which way is better. */
public record Metric(String group, String name, String unit, Better better) {

  /** {@code NONE}: told for the reader's judgement, such as the CPU time of the client. */
  public enum Better {
    HIGHER,
    LOWER,
    NONE
  }

  public Sample of(double value) {
    return new Sample(this, value);
  }
}
