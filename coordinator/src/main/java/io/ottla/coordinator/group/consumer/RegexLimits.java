package io.ottla.coordinator.group.consumer;

import com.google.re2j.Pattern;
import com.google.re2j.PatternSyntaxException;
import io.ottla.coordinator.CoordinatorException;
import io.ottla.wire.ErrorCode;

/**
 * Whether a member may subscribe with a regular expression. RE2 needs time in proportion to the
 * expression's size, but repetitions multiply that size: what would become too large, or is nested
 * too deeply for the compiler, is refused before it is compiled.
 *
 * <p>Any thread.
 */
final class RegexLimits {

  /** Steps of a compiled expression, about; topics are matched against each of them. */
  private static final long MAX_SIZE = 10_000;

  private static final int MAX_DEPTH = 200;

  private RegexLimits() {}

  /**
   * @throws CoordinatorException INVALID_REGULAR_EXPRESSION
   */
  static void check(String regex) {
    if (new Measure(regex).exceeds(MAX_SIZE, MAX_DEPTH)) {
      throw invalid(regex, "it is too large");
    }
    try {
      Pattern.compile(regex);
    } catch (PatternSyntaxException e) {
      throw invalid(regex, e.getDescription());
    }
  }

  private static CoordinatorException invalid(String regex, String why) {
    String shown = regex.length() > 200 ? regex.substring(0, 200) + "..." : regex;
    return new CoordinatorException(
        ErrorCode.INVALID_REGULAR_EXPRESSION,
        "SubscribedTopicRegex `" + shown + "` is not a valid regular expression: " + why + ".");
  }

  /**
   * Measures an expression without understanding it wholly: an upper bound of its size where it is
   * valid, anything where it is not.
   */
  private static final class Measure {

    private final String regex;
    private int position;
    private int depth;
    private boolean isTooDeep;

    Measure(String regex) {
      this.regex = regex;
    }

    boolean exceeds(long maxSize, int maxDepth) {
      if (regex.length() > maxSize) {
        return true;
      }
      // Groups are counted with an explicit stack: nesting is the client's choice.
      long[] sizes = new long[maxDepth + 1];
      long lastAtom = 0;
      while (position < regex.length() && !isTooDeep) {
        char c = regex.charAt(position);
        long atom;
        switch (c) {
          case '(' -> {
            depth++;
            position++;
            isTooDeep = depth > maxDepth;
            if (!isTooDeep) {
              sizes[depth] = 0;
            }
            lastAtom = 0;
            continue;
          }
          case ')' -> {
            position++;
            if (depth == 0) {
              continue;
            }
            atom = sizes[depth] + 2;
            depth--;
          }
          case '{' -> {
            atom = lastAtom * (repetitions() - 1);
          }
          case '[' -> {
            atom = bracketExpression();
          }
          case '\\' -> {
            atom = escape();
          }
          default -> {
            atom = 1;
            position++;
          }
        }
        sizes[depth] += atom;
        if (sizes[depth] > maxSize) {
          return true;
        }
        lastAtom = c == '{' ? lastAtom + atom : c == '*' || c == '+' || c == '?' ? lastAtom : atom;
      }
      return isTooDeep;
    }

    /** Moves behind {@code {n,m}} and returns the larger number, 1 if it is none. */
    private long repetitions() {
      int end = regex.indexOf('}', position);
      if (end < 0 || end - position > 12) {
        position++;
        return 2;
      }
      String[] bounds = regex.substring(position + 1, end).split(",", -1);
      long most = 1;
      for (String bound : bounds) {
        if (!bound.isEmpty()) {
          if (!bound.chars().allMatch(digit -> digit >= '0' && digit <= '9')) {
            position++;
            return 2;
          }
          most = Math.max(most, Long.parseLong(bound));
        }
      }
      position = end + 1;
      return most + 1;
    }

    /** Moves behind a class of characters; its size is one, but its ranges take room. */
    private long bracketExpression() {
      int start = position;
      position++;
      if (position < regex.length() && regex.charAt(position) == '^') {
        position++;
      }
      if (position < regex.length() && regex.charAt(position) == ']') {
        position++;
      }
      while (position < regex.length() && regex.charAt(position) != ']') {
        position += regex.charAt(position) == '\\' ? 2 : 1;
      }
      position++;
      return 1 + (position - start) / 4;
    }

    /** Moves behind an escape; in {@code \Q...\E} everything stands for itself. */
    private long escape() {
      if (regex.startsWith("\\Q", position)) {
        int end = regex.indexOf("\\E", position);
        int to = end < 0 ? regex.length() : end + 2;
        long size = to - position;
        position = to;
        return size;
      }
      position += 2;
      return 1;
    }
  }
}
