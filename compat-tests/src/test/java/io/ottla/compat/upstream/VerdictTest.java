package io.ottla.compat.upstream;

import static org.assertj.core.api.Assertions.assertThat;

import io.ottla.compat.upstream.Result.Outcome;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class VerdictTest {
  private static final Control CONTROL =
      new Control(
          new TreeMap<>(
              Map.of(
                  "A#passes", Outcome.PASSED,
                  "A#fails", Outcome.FAILED,
                  "A#inside", Outcome.NOT_APPLICABLE)));
  private static final KnownFailures NONE = KnownFailures.none();

  @Test
  void isContentWithWhatPassesOnBoth() {
    assertThat(problems(NONE, result("A#passes", Outcome.PASSED))).isEmpty();
  }

  @Test
  void reportsWhatFailsOnOttlaOnly() {
    assertThat(problems(NONE, result("A#passes", Outcome.FAILED)))
        .singleElement()
        .asString()
        .startsWith("fails, and is not listed: A#passes");
  }

  @Test
  void reportsWhatIsNotApplicableOnOttlaOnly() {
    assertThat(problems(NONE, result("A#passes", Outcome.NOT_APPLICABLE))).hasSize(1);
  }

  @Test
  void letsKnownFailuresFail() {
    assertThat(problems(known("A#passes"), result("A#passes", Outcome.FAILED))).isEmpty();
  }

  @Test
  void reportsAKnownFailureThatPasses() {
    assertThat(problems(known("A#passes"), result("A#passes", Outcome.PASSED)))
        .singleElement()
        .asString()
        .startsWith("passes, so it must no longer be listed");
  }

  @Test
  void doesNotCountWhatDoesNotPassOnKafka() {
    assertThat(
            problems(NONE, result("A#fails", Outcome.FAILED), result("A#inside", Outcome.FAILED)))
        .isEmpty();
  }

  @Test
  void reportsAListedTestThatDoesNotPassOnKafka() {
    assertThat(Verdict.problems(List.of(), CONTROL, known("A#gone"), true))
        .contains("listed as a known failure, but does not pass on Kafka: A#gone");
  }

  @Test
  void reportsATestThatWasNeverRunOnKafka() {
    assertThat(problems(NONE, result("A#new", Outcome.PASSED))).hasSize(1);
  }

  @Test
  void missesTestsOnlyInARunOfTheWholeSuite() {
    assertThat(Verdict.problems(List.of(), CONTROL, NONE, false)).isEmpty();
    assertThat(Verdict.problems(List.of(), CONTROL, NONE, true))
        .containsExactly("was not run: A#passes");
  }

  private static List<String> problems(KnownFailures known, Result... results) {
    return Verdict.problems(List.of(results), CONTROL, known, false);
  }

  private static KnownFailures known(String test) {
    return new KnownFailures(Map.of(test, "there are none yet"));
  }

  private static Result result(String test, Outcome outcome) {
    return new Result(test, outcome, 1, "");
  }
}
