package io.ottla.compat.upstream;

/**
 * How one invocation of a test ended.
 *
 * @param test the class without Kafka's package, the method, the sort of cluster
 * @param why one line: what failed, or why it does not apply; empty where it passed
 */
record Result(String test, Outcome outcome, long durationMs, String why) {
  private static final String SEPARATOR = "\t";

  /** The ways in which a test can end. */
  enum Outcome {
    PASSED,
    FAILED,
    /** It asked for what cannot be had from outside, or Kafka itself has switched it off. */
    NOT_APPLICABLE
  }

  /** The class, as it appears in {@link #test}. */
  String className() {
    return test.substring(0, test.indexOf('#'));
  }

  String line() {
    return String.join(
        SEPARATOR, outcome.name(), test, Long.toString(durationMs), why.replaceAll("\\s+", " "));
  }

  static Result parse(String line) {
    String[] parts = line.split(SEPARATOR, 4);
    return new Result(parts[1], Outcome.valueOf(parts[0]), Long.parseLong(parts[2]), parts[3]);
  }
}
