package io.ottla.coordinator.group.consumer;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.re2j.Pattern;
import com.google.re2j.PatternSyntaxException;
import io.ottla.coordinator.CoordinatorException;
import io.ottla.coordinator.PatternSize;
import io.ottla.wire.ErrorCode;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

final class RegexLimitsTest {

  private static String refusal(String regex) {
    try {
      RegexLimits.check(regex);
      return null;
    } catch (CoordinatorException e) {
      assertThat(e.error()).isEqualTo(ErrorCode.INVALID_REGULAR_EXPRESSION);
      return e.getMessage();
    }
  }

  @Test
  void whatIsNoExpressionIsRefused() {
    assertThat(refusal("[")).contains("`[`").contains("missing closing ]");
    assertThat(refusal("(?!a)")).contains("not a valid");
    assertThat(refusal("(a)\\1")).contains("not a valid");
  }

  @Test
  void whatWouldBlowUpIsRefusedBeforeItIsCompiled() {
    for (String regex :
        List.of(
            "((a{1000}){1000}){1000}",
            "(((((((a{10}){10}){10}){10}){10}){10}){10}){10}",
            "(?:(?:[ab]{0,1000}){0,1000}){1,}",
            "\\Q[(\\E((a{1000}){1000})",
            "[]](((a{999}){999}){999})",
            "[^]](((a{999}){999}){999})",
            "[[:alpha:]](((a{999}){999}){999})",
            "(a[[:alpha:])]b{1000}c){1000}",
            "(a[\\d-[:alpha:])]b{1000}c){1000}",
            "(a[\\p{L}-[:alpha:])]b{1000}c){1000}",
            "(){1000}\\Q\\E{1000}",
            "a{1000}(?i){1000}",
            "(a[?-[:alpha:]b{1000}c){1000}",
            "\\[((\\]{1000}){1000})",
            "(".repeat(5_000) + ")".repeat(5_000))) {
      assertThat(refusal(regex)).as(regex).isNotNull();
    }
    assertThat(refusal("a".repeat(10_001))).contains("10000 characters");
  }

  @Test
  void whatPeopleWriteIsNotRefused() {
    for (String regex :
        List.of(
            "",
            ".*",
            "orders\\.[a-z]{2}\\..+",
            "(?i)(eu|us|apac)-(prod|test)-[0-9]{1,4}",
            "[^_].*",
            "\\Qa.b\\E.*",
            "\\p{Greek}+",
            "[[:alnum:]_]{1,249}",
            "x{,5}",
            String.join("|", Collections.nCopies(300, "a-topic-of-some-length")))) {
      assertThat(refusal(regex)).as(regex).isNull();
    }
  }

  @Test
  void noProgramIsBiggerThanMeasured() {
    String[] parts = {
      "a",
      "b",
      "(",
      ")",
      "(?:",
      "|",
      "*",
      "+",
      "?",
      "{3}",
      "{0,5}",
      "{2,}",
      "{12}",
      "[",
      "]",
      "[^",
      "]",
      "\\",
      "Q",
      "\\E",
      "\\Q",
      ".",
      "^",
      "{",
      "}",
      "[:alpha:]",
      "\\d",
      "-",
      ","
    };
    int compiled = 0;
    for (long seed = 0; seed < 60_000; seed++) {
      Random random = new Random(seed);
      StringBuilder regex = new StringBuilder();
      for (int i = random.nextInt(16); i >= 0; i--) {
        regex.append(parts[random.nextInt(parts.length)]);
      }
      if (refusal(regex.toString()) != null) {
        continue;
      }
      try {
        int size = Pattern.compile(regex.toString()).programSize();
        compiled++;
        assertThat((long) size)
            .as("seed %d: %s", seed, regex)
            .isLessThanOrEqualTo(PatternSize.of(regex.toString()) * 2 + 4);
      } catch (PatternSyntaxException e) {
        throw new AssertionError("seed " + seed, e);
      }
    }
    assertThat(compiled).isGreaterThan(5_000);
  }
}
