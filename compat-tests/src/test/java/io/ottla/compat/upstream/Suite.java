package io.ottla.compat.upstream;

import io.ottla.compat.broker.BrokerKind;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.function.Predicate;
import java.util.jar.JarFile;
import org.apache.kafka.clients.ClientsTestUtils;
import org.junit.platform.engine.DiscoverySelector;
import org.junit.platform.engine.discovery.DiscoverySelectors;
import org.junit.platform.launcher.core.LauncherDiscoveryRequestBuilder;
import org.junit.platform.launcher.core.LauncherFactory;

/** The test classes that Apache Kafka publishes, as they are in its jar, and how they are run. */
final class Suite {
  /** What the jar is called. */
  static final String ARTIFACT = "kafka-clients-integration-tests";

  private Suite() {}

  /**
   * How the tests of some classes ended.
   *
   * @param secondAttempts the tests that passed only when they were run again
   */
  record Run(List<Result> results, List<String> secondAttempts) {}

  /**
   * Runs the tests of the classes, those that fail and are not known to once more, and ends all
   * clusters when it is done. Tests that measure time fail now and then where processors are few,
   * on Kafka as on any broker.
   *
   * @param directory where each result is written as it is there
   */
  static Run run(Predicate<String> classes, KnownFailures known, Path directory) throws Exception {
    String kind = BrokerKind.UNDER_TEST.name().toLowerCase(Locale.ROOT);
    Path results = directory.resolve(kind + "-results.txt");
    Path failures = directory.resolve(kind + "-failures.txt");
    Files.deleteIfExists(results);
    Files.deleteIfExists(failures);
    ResultRecorder recorder = new ResultRecorder(results, failures);
    try {
      execute(selectors(classes), recorder);
      List<String> failed = recorder.failed(known);
      if (!failed.isEmpty()) {
        execute(
            failed.stream().<DiscoverySelector>map(DiscoverySelectors::selectUniqueId).toList(),
            recorder);
      }
    } finally {
      ClusterPool.SHARED.close();
    }
    return new Run(recorder.all(), recorder.secondAttempts());
  }

  private static void execute(List<DiscoverySelector> selectors, ResultRecorder recorder) {
    LauncherFactory.create()
        .execute(
            LauncherDiscoveryRequestBuilder.request()
                .selectors(selectors)
                .configurationParameter("junit.jupiter.extensions.autodetection.enabled", "true")
                .configurationParameter("junit.jupiter.execution.parallel.enabled", "false")
                .build(),
            recorder);
  }

  private static List<DiscoverySelector> selectors(Predicate<String> classes)
      throws IOException, URISyntaxException {
    Path jar =
        Path.of(ClientsTestUtils.class.getProtectionDomain().getCodeSource().getLocation().toURI());
    try (JarFile file = new JarFile(jar.toFile())) {
      return file.stream()
          .map(entry -> entry.getName())
          .filter(name -> name.endsWith("Test.class") && !name.contains("$"))
          .map(name -> name.substring(0, name.length() - ".class".length()).replace('/', '.'))
          .filter(classes)
          .sorted()
          .<DiscoverySelector>map(DiscoverySelectors::selectClass)
          .toList();
    }
  }
}
