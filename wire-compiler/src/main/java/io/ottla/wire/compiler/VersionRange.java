package io.ottla.wire.compiler;

/**
 * A run of message versions, both ends included. Written {@code 3}, {@code 3-7}, {@code 3+} or
 * {@code none}.
 *
 * @param lowest first version
 * @param highest last version; {@link #OPEN} for a range without end; below {@code lowest} if empty
 */
public record VersionRange(int lowest, int highest) {

  /** The end of a range without end: the highest number a version can have. */
  public static final int OPEN = Short.MAX_VALUE;

  public static final VersionRange NONE = new VersionRange(0, -1);

  /**
   * Reads the written form.
   *
   * @throws IllegalArgumentException if it is none of the four
   */
  public static VersionRange parse(String text) {
    if (text.equals("none")) {
      return NONE;
    }
    try {
      if (text.endsWith("+")) {
        return checked(text, number(text.substring(0, text.length() - 1)), OPEN);
      }
      int dash = text.indexOf('-');
      if (dash < 0) {
        int only = number(text);
        return checked(text, only, only);
      }
      return checked(text, number(text.substring(0, dash)), number(text.substring(dash + 1)));
    } catch (NumberFormatException e) {
      throw new IllegalArgumentException("'" + text + "' is not a range of versions", e);
    }
  }

  private static int number(String digits) {
    if (digits.isEmpty() || !Character.isDigit(digits.charAt(0))) {
      throw new NumberFormatException(digits);
    }
    return Integer.parseInt(digits);
  }

  private static VersionRange checked(String text, int lowest, int highest) {
    if (highest > OPEN || lowest > highest) {
      throw new IllegalArgumentException("'" + text + "' is not a range of versions");
    }
    return new VersionRange(lowest, highest);
  }

  public boolean isEmpty() {
    return lowest > highest;
  }

  public boolean contains(int version) {
    return version >= lowest && version <= highest;
  }

  /** Whether every version of the other range is in this one. */
  public boolean contains(VersionRange other) {
    return other.isEmpty() || (contains(other.lowest) && contains(other.highest));
  }

  public VersionRange intersect(VersionRange other) {
    int from = Math.max(lowest, other.lowest);
    int to = Math.min(highest, other.highest);
    return isEmpty() || other.isEmpty() || from > to ? NONE : new VersionRange(from, to);
  }

  @Override
  public String toString() {
    if (isEmpty()) {
      return "none";
    }
    if (highest == OPEN) {
      return lowest + "+";
    }
    return lowest == highest ? Integer.toString(lowest) : lowest + "-" + highest;
  }
}
