package io.ottla.broker;

import io.ottla.broker.config.BrokerConfig;
import io.ottla.broker.config.InvalidBrokerConfigException;
import io.ottla.log.LogException;
import io.ottla.metadata.quorum.QuorumException;
import io.ottla.runtime.Clock;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/**
 * Starts a broker from a properties file and stops it on SIGTERM or SIGINT. Exits with 0 after a
 * clean stop, 1 when the broker could not start or go on.
 */
@Command(
    name = "ottla-server-start.sh",
    description = "Starts an Ottla broker.",
    sortOptions = false)
public final class Main implements Callable<Integer> {

  private static final Logger LOG = LoggerFactory.getLogger(Main.class);

  private static final int FAILED = 1;

  @Parameters(
      index = "0",
      paramLabel = "server.properties",
      description = "the broker's configuration, as for Apache Kafka")
  private Path propertiesFile;

  @Option(
      names = "--override",
      paramLabel = "key=value",
      description = "wins over the file; may be given several times")
  private List<String> overrides = List.of();

  @Option(names = "--help", usageHelp = true, description = "this text")
  private boolean help;

  private final AtomicBoolean failing = new AtomicBoolean();

  public static void main(String[] arguments) {
    int exitCode = new CommandLine(new Main()).execute(arguments);
    if (exitCode != 0) {
      System.exit(exitCode);
    }
  }

  @Override
  public Integer call() {
    BrokerConfig config;
    Path home = Path.of(System.getProperty("ottla.home", ""));
    try {
      config = BrokerConfig.load(propertiesFile, overrides, home.toAbsolutePath());
    } catch (InvalidBrokerConfigException e) {
      // Not through the log, which keeps every event on one line.
      System.err.println("The broker cannot start: " + e.getMessage());
      return FAILED;
    }
    try {
      BrokerServer broker = new BrokerServer(config, Clock.system(), this::fail);
      Runtime.getRuntime().addShutdownHook(new Thread(() -> stop(broker), "ottla-stop"));
      broker.start();
      return 0;
    } catch (LogException | QuorumException | IllegalStateException | IOException e) {
      LOG.error("The broker cannot start: {}", e.getMessage());
      LOG.debug("because of", e);
      // Libraries may have left threads that are not daemons.
      Runtime.getRuntime().halt(FAILED);
      return FAILED;
    }
  }

  private static void stop(BrokerServer broker) {
    try {
      broker.close();
    } catch (RuntimeException | Error e) {
      LOG.error("The broker did not stop cleanly; the next start checks its logs", e);
      Runtime.getRuntime().halt(FAILED);
    }
    // A JVM that ends by a signal exits with the signal's code; a clean stop is a success.
    Runtime.getRuntime().halt(0);
  }

  /** The broker cannot go on: better no broker than one that lies. */
  private void fail(Throwable cause) {
    if (failing.compareAndSet(false, true)) {
      String why = cause.getMessage() == null ? cause.toString() : cause.getMessage();
      LOG.error("The broker stops at once: {}. Its next start checks its logs", why, cause);
      Runtime.getRuntime().halt(FAILED);
    }
  }
}
