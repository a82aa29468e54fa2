package io.ottla.compat.upstream;

import io.ottla.compat.upstream.Result.Outcome;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** What results on Ottla have to say that the files of the repository do not expect. */
final class Verdict {
  private Verdict() {}

  /**
   * What is wrong, one line each.
   *
   * @param whole whether the whole suite was run, so that whatever is missing does not exist
   */
  static List<String> problems(
      List<Result> results, Control control, KnownFailures known, boolean whole) {
    List<String> problems = new ArrayList<>();
    Set<String> seen = new HashSet<>();
    for (Result result : results) {
      String test = result.test();
      seen.add(test);
      boolean passed = result.outcome() == Outcome.PASSED;
      if (!control.knows(test)) {
        problems.add("not recorded on Kafka: " + test);
      } else if (!control.isApplicable(test)) {
        continue;
      } else if (passed && known.contains(test)) {
        problems.add("passes, so it must no longer be listed as a known failure: " + test);
      } else if (!passed && !known.contains(test)) {
        problems.add("fails, and is not listed: " + test + ": " + result.why());
      }
    }
    if (whole) {
      known.reasons().keySet().stream()
          .filter(test -> !control.isApplicable(test))
          .forEach(
              test ->
                  problems.add("listed as a known failure, but does not pass on Kafka: " + test));
      control.outcomes().keySet().stream()
          .filter(control::isApplicable)
          .filter(test -> !seen.contains(test))
          .forEach(test -> problems.add("was not run: " + test));
    }
    return problems;
  }
}
