package io.ottla.coordinator.group.consumer;

import com.google.re2j.Pattern;
import com.google.re2j.PatternSyntaxException;
import io.ottla.coordinator.CoordinatorException;
import io.ottla.coordinator.PatternSize;
import io.ottla.wire.ErrorCode;

/**
 * Whether a member may subscribe with a regular expression. RE2 needs time in proportion to the
 * expression's size, but repetitions multiply that size: what would become too large, or is nested
 * too deeply for the compiler, is refused before it is compiled.
 *
 * <p>Any thread.
 */
final class RegexLimits {

  /** Names of topics are short, but there may be many in one expression. */
  private static final int MAX_LENGTH = 10_000;

  private RegexLimits() {}

  /**
   * @throws CoordinatorException INVALID_REGULAR_EXPRESSION
   */
  static void check(String regex) {
    String tooBig =
        regex.length() > MAX_LENGTH
            ? "it has more than " + MAX_LENGTH + " characters"
            : PatternSize.refusal(regex);
    if (tooBig != null) {
      throw invalid(regex, tooBig);
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
}
