package io.ottla.metadata.config;

import java.util.List;
import java.util.Locale;

/** What a key allows beyond its type. */
public sealed interface ConfigValidator {

  /** Whether a parsed value, or the absence of one (null), is fine. */
  boolean accepts(Object value);

  /** What is allowed, to end "must be ...". */
  String allowed();

  /** Everything of the right type. */
  record Anything() implements ConfigValidator {
    @Override
    public boolean accepts(Object value) {
      return true;
    }

    @Override
    public String allowed() {
      return "anything";
    }
  }

  /**
   * A number from {@code min} to {@code max}, both included. Compared as doubles, as Kafka does, so
   * that both sides agree at the far end of the longs too.
   */
  record Range(double min, double max, String allowed) implements ConfigValidator {
    @Override
    public boolean accepts(Object value) {
      return value instanceof Number number
          && number.doubleValue() >= min
          && number.doubleValue() <= max;
    }
  }

  /** A number in a range, or one value outside it. */
  record RangeOr(Range range, double other, String allowed) implements ConfigValidator {
    @Override
    public boolean accepts(Object value) {
      return range.accepts(value)
          || (value instanceof Number number && number.doubleValue() == other);
    }
  }

  /** A power of two in a range. */
  record PowerOfTwo(Range range, String allowed) implements ConfigValidator {
    @Override
    public boolean accepts(Object value) {
      return range.accepts(value) && Long.bitCount(((Number) value).longValue()) == 1;
    }
  }

  /** One of some words. */
  record OneOf(List<String> words, boolean anyCase) implements ConfigValidator {
    @Override
    public boolean accepts(Object value) {
      return value instanceof String text
          && (words.contains(text) || (anyCase && words.contains(text.toUpperCase(Locale.ROOT))));
    }

    @Override
    public String allowed() {
      return "one of " + String.join(", ", words) + (anyCase ? " (in any case)" : "");
    }
  }

  /** Text that is not empty; absence is fine. */
  record NonEmptyOrNull() implements ConfigValidator {
    @Override
    public boolean accepts(Object value) {
      return value == null || !value.equals("");
    }

    @Override
    public String allowed() {
      return "not empty";
    }
  }

  /** Anything but absence. */
  record NonNull() implements ConfigValidator {
    @Override
    public boolean accepts(Object value) {
      return value != null;
    }

    @Override
    public String allowed() {
      return "set";
    }
  }

  /**
   * A list without empty entries. Repeated ones are taken out when the value is read, as Kafka
   * does.
   *
   * @param words the entries allowed; empty for any
   */
  record Entries(List<String> words, boolean emptyAllowed, boolean nullAllowed)
      implements ConfigValidator {
    @Override
    public boolean accepts(Object value) {
      if (value == null) {
        return nullAllowed;
      }
      return value instanceof List<?> entries
          && (emptyAllowed || !entries.isEmpty())
          && entries.stream().allMatch(this::acceptsEntry);
    }

    private boolean acceptsEntry(Object entry) {
      return !entry.equals("") && (words.isEmpty() || words.contains(entry.toString()));
    }

    @Override
    public String allowed() {
      return (emptyAllowed ? "a list" : "a list of at least one entry")
          + (words.isEmpty() ? "" : " of " + String.join(", ", words));
    }
  }

  /** A list whose entries have a form that is checked by a parser. */
  record Form(Check check, String allowed) implements ConfigValidator {

    /** Whether a value has the form. */
    @FunctionalInterface
    public interface Check {
      boolean accepts(Object value);
    }

    @Override
    public boolean accepts(Object value) {
      return check.accepts(value);
    }
  }
}
