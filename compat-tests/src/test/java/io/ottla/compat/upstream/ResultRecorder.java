package io.ottla.compat.upstream;

import io.ottla.compat.upstream.Result.Outcome;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.platform.engine.TestExecutionResult;
import org.junit.platform.engine.support.descriptor.MethodSource;
import org.junit.platform.launcher.TestExecutionListener;
import org.junit.platform.launcher.TestIdentifier;

/** Writes down how every test ended, as it ends. JUnit calls it from one thread. */
final class ResultRecorder implements TestExecutionListener {
  private static final String PACKAGE = "org.apache.kafka.";

  private final Path results;
  private final Path failures;
  private final List<Result> all = new ArrayList<>();
  private final List<String> secondAttempts = new ArrayList<>();
  private final Map<String, String> names = new HashMap<>();
  private final Map<String, Integer> sorts = new HashMap<>();
  private final Map<String, Long> startedNs = new HashMap<>();

  /**
   * @param results gets a line for every test
   * @param failures gets the whole of every failure
   */
  ResultRecorder(Path results, Path failures) {
    this.results = results;
    this.failures = failures;
  }

  List<Result> all() {
    return all;
  }

  /** The tests that passed only when they were run again. */
  List<String> secondAttempts() {
    return secondAttempts;
  }

  /** What JUnit calls the tests that failed when they were last run, but for those known to. */
  List<String> failed(KnownFailures known) {
    Map<String, String> ids = new HashMap<>();
    names.forEach((id, name) -> ids.put(name, id));
    return all.stream()
        .filter(result -> result.outcome() == Outcome.FAILED)
        .map(Result::test)
        .filter(test -> !known.contains(test))
        .map(ids::get)
        .toList();
  }

  @Override
  public void dynamicTestRegistered(TestIdentifier test) {
    if (test.isTest()) {
      nameOf(test);
    }
  }

  /** Settings of one method that ask for the same sort of cluster are told apart by their order. */
  private String nameOf(TestIdentifier test) {
    return names.computeIfAbsent(
        test.getUniqueId(),
        id -> {
          MethodSource method = (MethodSource) test.getSource().orElseThrow();
          String name =
              method.getClassName().substring(PACKAGE.length()) + "#" + method.getMethodName();
          if (!id.contains("test-template-invocation")) {
            return name;
          }
          String sort = name + " " + test.getDisplayName();
          int number = sorts.merge(sort, 1, Integer::sum);
          return number == 1 ? sort : sort + " " + number;
        });
  }

  @Override
  public void executionStarted(TestIdentifier test) {
    startedNs.put(test.getUniqueId(), System.nanoTime());
  }

  @Override
  public void executionSkipped(TestIdentifier test, String reason) {
    if (test.getSource().orElse(null) instanceof MethodSource) {
      add(new Result(nameOf(test), Outcome.NOT_APPLICABLE, 0, "switched off: " + reason));
    }
  }

  @Override
  public void executionFinished(TestIdentifier test, TestExecutionResult result) {
    Throwable thrown = result.getThrowable().orElse(null);
    if (!(test.getSource().orElse(null) instanceof MethodSource)
        || (test.isContainer() && thrown == null)) {
      if (thrown != null) {
        write(failures, test.getDisplayName() + "\n" + trace(thrown));
      }
      return;
    }
    String name = nameOf(test);
    long durationMs = (System.nanoTime() - startedNs.get(test.getUniqueId())) / 1_000_000;
    Outcome outcome =
        switch (result.getStatus()) {
          case SUCCESSFUL -> Outcome.PASSED;
          case ABORTED -> Outcome.NOT_APPLICABLE;
          case FAILED -> Outcome.FAILED;
        };
    if (outcome == Outcome.FAILED) {
      write(failures, name + "\n" + trace(thrown));
    }
    add(new Result(name, outcome, durationMs, outcome == Outcome.PASSED ? "" : summary(thrown)));
  }

  private void add(Result result) {
    boolean again = all.removeIf(earlier -> earlier.test().equals(result.test()));
    all.add(result);
    if (again && result.outcome() == Outcome.PASSED) {
      secondAttempts.add(result.test());
    }
    write(results, result.line());
  }

  private static String summary(Throwable thrown) {
    String text = thrown instanceof NotApplicable ? thrown.getMessage() : thrown.toString();
    String line = text.replaceAll("\\s+", " ");
    return line.length() > 300 ? line.substring(0, 300) : line;
  }

  private static String trace(Throwable thrown) {
    StringWriter text = new StringWriter();
    thrown.printStackTrace(new PrintWriter(text));
    return text.toString();
  }

  private static void write(Path file, String text) {
    try {
      Files.createDirectories(file.getParent());
      Files.writeString(file, text + "\n", StandardOpenOption.CREATE, StandardOpenOption.APPEND);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
