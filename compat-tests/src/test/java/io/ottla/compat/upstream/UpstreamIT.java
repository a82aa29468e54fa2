package io.ottla.compat.upstream;

import static org.assertj.core.api.Assertions.assertThat;

import io.ottla.compat.broker.BrokerKind;
import io.ottla.compat.broker.OttlaHome;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Apache Kafka's own client integration tests, as they are published, against clusters of Ottla:
 * what passes on stock Kafka passes here, but for the known failures, which all fail.
 *
 * <p>Runs some classes, or with {@code -Pupstream} all of them, and then writes the figures into
 * the documents. With {@code -Dcompat.broker=kafka} it runs the same on stock Kafka, and with the
 * profile records how the tests end there.
 */
class UpstreamIT {
  private static final Path FILES =
      OttlaHome.path().resolve("compat-tests/src/test/resources/upstream");
  private static final Path CONTROL = FILES.resolve("control.txt");
  private static final Path OUTPUT = OttlaHome.path().resolve("compat-tests/target/upstream");
  private static final boolean WHOLE = System.getProperty("compat.upstream", "").equals("whole");

  @Test
  @Timeout(value = 90, unit = TimeUnit.MINUTES)
  void whatPassesOnKafkaPassesOnOttla() throws Exception {
    KnownFailures known =
        BrokerKind.UNDER_TEST == BrokerKind.KAFKA
            ? KnownFailures.none()
            : KnownFailures.read(FILES.resolve("known-failures.txt"));
    Suite.Run run = Suite.run(classes(), known, OUTPUT);
    if (!run.secondAttempts().isEmpty()) {
      System.err.println("Passed only at the second attempt: " + run.secondAttempts());
    }
    if (BrokerKind.UNDER_TEST == BrokerKind.KAFKA) {
      checkControl(run.results());
      return;
    }
    Control control = Control.read(CONTROL);
    if (WHOLE) {
      write(new Report(control, known, run.results()));
    }
    assertThat(Verdict.problems(run.results(), control, known, WHOLE))
        .as("Kafka's tests on Ottla; more in %s", OUTPUT)
        .isEmpty();
  }

  private static void checkControl(List<Result> results) throws IOException {
    if (WHOLE) {
      Control.write(CONTROL, results);
    } else {
      assertThat(Verdict.problems(results, Control.read(CONTROL), KnownFailures.none(), false))
          .as("Kafka's tests on Kafka; more in %s", OUTPUT)
          .isEmpty();
    }
  }

  private static void write(Report report) throws Exception {
    Path document = OttlaHome.path().resolve("docs/COMPATIBILITY.md");
    GeneratedText.put(document, "suite", report.text());
    GeneratedText.put(document, "figure", report.figure() + ".\n");
    GeneratedText.put(document, "apis", ApiTable.text(FILES.resolve("apis.txt")));
  }

  /** All classes, or those that say most in little time. */
  private static Predicate<String> classes() throws IOException {
    if (WHOLE) {
      return name -> true;
    }
    Pattern slice =
        Pattern.compile(
            String.join(
                "|",
                Files.readAllLines(FILES.resolve("slice.txt")).stream()
                    .filter(line -> !line.isBlank() && !line.startsWith("#"))
                    .map(Pattern::quote)
                    .toList()));
    return name -> slice.matcher(name).find();
  }
}
