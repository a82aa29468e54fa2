package io.ottla.compat.broker;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.AfterTestExecutionCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * The brokers of one test class: gives each a directory, shows the end of their output when a test
 * fails, and when the class is done stops those that still run, which is a test of its own: a
 * broker that has died on the way, or does not end well, fails the class. To be registered as a
 * static extension.
 */
public final class Brokers implements AfterTestExecutionCallback, AfterAllCallback {
  private final List<BrokerProcess> started = new ArrayList<>();
  private final List<Path> directories = new ArrayList<>();

  /** The defaults in a new directory. */
  public BrokerConfig config() throws IOException {
    Path directory = Files.createTempDirectory("broker ");
    directories.add(directory);
    return BrokerConfig.in(directory);
  }

  /** A broker with the defaults, ready. */
  public BrokerProcess start() throws Exception {
    return start(config());
  }

  /** A broker with this configuration, ready. */
  public BrokerProcess start(BrokerConfig config) throws Exception {
    return launch(config).awaitReady();
  }

  /** A broker with this configuration, just started. */
  public BrokerProcess launch(BrokerConfig config) throws Exception {
    BrokerProcess broker = BrokerProcess.launch(config);
    started.add(broker);
    return broker;
  }

  /** A new process in place of one that has ended. */
  public BrokerProcess restart(BrokerProcess ended) throws Exception {
    BrokerProcess broker = ended.restart();
    started.set(started.indexOf(ended), broker);
    return broker;
  }

  @Override
  public void afterTestExecution(ExtensionContext context) {
    if (context.getExecutionException().isEmpty()) {
      return;
    }
    for (BrokerProcess broker : started) {
      System.err.printf(
          "--- %s: end of the output of broker %d (%s), running: %b%n%s%n---%n",
          context.getDisplayName(),
          broker.pid(),
          broker.config().directory(),
          broker.isAlive(),
          broker.tail());
    }
  }

  @Override
  public void afterAll(ExtensionContext context) throws Exception {
    List<Throwable> failures = new ArrayList<>();
    for (BrokerProcess broker : started) {
      try {
        if (broker.isAlive()) {
          broker.stop();
        }
        broker.config().kind().checkOutput(broker, line -> false);
      } catch (AssertionError e) {
        failures.add(e);
      }
    }
    if (failures.isEmpty() && context.getExecutionException().isEmpty()) {
      for (Path directory : directories) {
        delete(directory);
      }
    } else if (!directories.isEmpty()) {
      System.err.println("Left as they are: " + directories);
    }
    if (!failures.isEmpty()) {
      AssertionError failure = new AssertionError("A broker did not stop well");
      failures.forEach(failure::addSuppressed);
      throw failure;
    }
  }

  private static void delete(Path directory) throws IOException {
    try (Stream<Path> paths = Files.walk(directory)) {
      for (Path path : paths.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(path);
      }
    }
  }
}
