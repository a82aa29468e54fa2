package io.ottla.coordinator;

/**
 * Measures a regular expression without compiling it: how many instructions its program would have
 * at most, and how deep its groups nest. Reads just as much of the syntax of RE2 as it takes, and
 * where in doubt counts too much; whether the expression is valid, the compiler says.
 *
 * <p>Any thread.
 */
public final class PatternSize {

  private static final int MAX_DEPTH = 200;
  private static final long MAX_INSTRUCTIONS = 10_000;

  private final String regex;

  /** By depth: instructions of the group so far. */
  private final long[] sizes = new long[MAX_DEPTH + 1];

  private int depth;

  /** Instructions of what a repetition would repeat. */
  private long last;

  private int at;

  private PatternSize(String regex) {
    this.regex = regex;
  }

  /** Returns why the expression is too big, as a clause; null if it is not. */
  public static String refusal(String regex) {
    return new PatternSize(regex).measure();
  }

  /** Returns the measure of an expression that is not too big. */
  public static long of(String regex) {
    PatternSize size = new PatternSize(regex);
    String refusal = size.measure();
    if (refusal != null) {
      throw new IllegalArgumentException(refusal);
    }
    return size.sizes[size.depth];
  }

  private String measure() {
    while (at < regex.length()) {
      switch (regex.charAt(at++)) {
        case '(' -> {
          if (skipFlags()) {
            continue;
          }
          if (depth == MAX_DEPTH) {
            return "it nests more than " + MAX_DEPTH + " groups";
          }
          sizes[++depth] = 0;
          last = 0;
        }
        case ')' -> endGroup();
        case '[' -> {
          skipClass();
          add(1);
        }
        case '\\' -> escape();
        case '{' -> repeat();
        case '*', '+', '?' -> {
          sizes[depth]++;
          last++;
        }
        default -> add(1);
      }
      if (sizes[depth] > MAX_INSTRUCTIONS) {
        return "it would make a program of more than " + MAX_INSTRUCTIONS + " instructions";
      }
    }
    return null;
  }

  /** Flags set between parentheses are no group: what is before them may still be repeated. */
  private boolean skipFlags() {
    int end = at + 1;
    if (!isNext('?')) {
      return false;
    }
    while (end < regex.length() && "imsU-".indexOf(regex.charAt(end)) >= 0) {
      end++;
    }
    if (end >= regex.length() || regex.charAt(end) != ')') {
      return false;
    }
    at = end + 1;
    return true;
  }

  private void add(long size) {
    last = size;
    sizes[depth] += size;
  }

  private void endGroup() {
    if (depth > 0) {
      long size = sizes[depth--];
      add(size + 2);
    }
  }

  /** The first item of a class may be the bracket that otherwise ends it. */
  private void skipClass() {
    if (isNext('^')) {
      at++;
    }
    boolean isFirst = true;
    while (at < regex.length()) {
      if (isNext(']') && !isFirst) {
        at++;
        return;
      }
      isFirst = false;
      skipItem();
    }
  }

  /** A class by name, one by escape, a character, or a range of them. */
  private void skipItem() {
    if (regex.startsWith("[:", at) && regex.indexOf(":]", at + 2) >= 0) {
      at = regex.indexOf(":]", at + 2) + 2;
      return;
    }
    if (skipCharacter() && isNext('-') && at + 1 < regex.length() && regex.charAt(at + 1) != ']') {
      at++;
      skipCharacter();
    }
  }

  /** Returns whether it was one, not a class. */
  private boolean skipCharacter() {
    if (!isNext('\\')) {
      at++;
      return true;
    }
    at++;
    char escaped = at < regex.length() ? regex.charAt(at) : 0;
    at++;
    boolean isProperty = escaped == 'p' || escaped == 'P';
    if ((isProperty || escaped == 'x') && isNext('{')) {
      int end = regex.indexOf('}', at);
      at = end < 0 ? regex.length() : end + 1;
    } else if (isProperty) {
      at++;
    }
    return "dDsSwWpP".indexOf(escaped) < 0;
  }

  private boolean isNext(char expected) {
    return at < regex.length() && regex.charAt(at) == expected;
  }

  private void escape() {
    if (at < regex.length() && regex.charAt(at) == 'Q') {
      int end = regex.indexOf("\\E", at);
      int length = (end < 0 ? regex.length() : end) - at - 1;
      at = end < 0 ? regex.length() : end + 2;
      if (length > 0) {
        add(length);
        last = 1;
      }
      return;
    }
    at++;
    add(1);
  }

  /** {@code {n}}, {@code {n,}} and {@code {n,m}} repeat; any other brace is one. */
  private void repeat() {
    int end = regex.indexOf('}', at);
    String inside = end < 0 ? "" : regex.substring(at, end);
    if (!inside.matches("[0-9]{1,4}(,[0-9]{0,4})?")) {
      add(1);
      return;
    }
    at = end + 1;
    long times = 1;
    for (String bound : inside.split(",")) {
      times = Math.max(times, Integer.parseInt(bound));
    }
    // Each repetition may be an optional one, which takes an instruction more.
    long repeated = (last + 1) * times + 1;
    sizes[depth] += repeated - last;
    last = repeated;
  }
}
