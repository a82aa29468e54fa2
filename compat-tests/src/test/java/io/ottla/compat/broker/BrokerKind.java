package io.ottla.compat.broker;

import java.io.ByteArrayOutputStream;
import java.io.File;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import kafka.tools.StorageTool;
import org.assertj.core.api.Assertions;

/**
 * What the tests start: Ottla, or stock Apache Kafka as the control that shows a test asks for
 * nothing Kafka itself does not give. Chosen by the system property {@code compat.broker}; both get
 * the same properties file.
 */
public enum BrokerKind {
  OTTLA {
    @Override
    public List<String> command(BrokerConfig config) {
      List<String> command = new ArrayList<>();
      command.add(OttlaHome.startScript().toString());
      command.add(config.propertiesFile().toString());
      command.addAll(config.arguments());
      return command;
    }

    @Override
    Map<String, String> properties() {
      return Map.of();
    }

    @Override
    void prepare(BrokerConfig config) throws IOException {
      // Formats its storage by itself, unless who votes first has to be said.
      if (config.isFormatted() && isNew(config)) {
        List<String> command = new ArrayList<>(List.of(OttlaHome.storageScript().toString()));
        command.addAll(formatArguments(config));
        try {
          Script.run(config.directory(), Map.of(), command.toArray(String[]::new)).expectSuccess();
        } catch (InterruptedException e) {
          Thread.currentThread().interrupt();
          throw new IOException(e);
        }
      }
    }

    @Override
    public int exitCodeAfterTerm() {
      return 0;
    }

    @Override
    public void checkOutput(BrokerProcess broker, Predicate<String> isExpected) {
      if (broker.startUpTime() != null) {
        Assertions.assertThat(
                broker
                    .output()
                    .lines()
                    .filter(line -> COMPLAINT.matcher(line).find() && !isExpected.test(line)))
            .as("complaints of a broker that nothing was wrong with")
            .isEmpty();
      }
    }
  },

  KAFKA {
    @Override
    public List<String> command(BrokerConfig config) {
      List<String> command = new ArrayList<>();
      command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
      command.addAll(List.of("-Xms64m", "-Xmx512m", "-XX:+UseSerialGC", "-Dlog.level=INFO"));
      command.addAll(config.heapOptions());
      command.addAll(List.of("-cp", jars(), "kafka.Kafka"));
      command.add(config.propertiesFile().toString());
      command.addAll(config.arguments());
      return command;
    }

    @Override
    Map<String, String> properties() {
      // A killed broker may only come back when its session has expired.
      return Map.of("broker.session.timeout.ms", "2000", "broker.heartbeat.interval.ms", "500");
    }

    @Override
    void prepare(BrokerConfig config) {
      if (!isNew(config)) {
        return;
      }
      ByteArrayOutputStream printed = new ByteArrayOutputStream();
      int exitCode =
          StorageTool.execute(
              formatArguments(config).toArray(String[]::new),
              new PrintStream(printed, true, StandardCharsets.UTF_8));
      Assertions.assertThat(exitCode)
          .as("kafka-storage format: %s", printed.toString(StandardCharsets.UTF_8))
          .isZero();
    }

    @Override
    public int exitCodeAfterTerm() {
      return 128 + 15;
    }

    @Override
    public void checkOutput(BrokerProcess broker, Predicate<String> isExpected) {
      // What it prints is not ours to judge.
    }
  };

  /** The kind all tests of this run use. */
  public static final BrokerKind UNDER_TEST =
      valueOf(System.getProperty("compat.broker", "ottla").toUpperCase(Locale.ROOT));

  private static final Pattern COMPLAINT = Pattern.compile(" ERROR |LEAK:|AssertionError");

  private static boolean isNew(BrokerConfig config) {
    return !Files.exists(config.logDirectory().resolve("meta.properties"));
  }

  /** What Kafka is made of: what is on the tests' class path, but for the tests themselves. */
  private static String jars() {
    return Stream.of(System.getProperty("java.class.path").split(File.pathSeparator))
        .filter(entry -> entry.endsWith(".jar"))
        .collect(Collectors.joining(File.pathSeparator));
  }

  /** For kafka-storage, and for that which takes its place. */
  private static List<String> formatArguments(BrokerConfig config) {
    List<String> arguments =
        new ArrayList<>(
            List.of("format", "-t", config.clusterId(), "-c", config.propertiesFile().toString()));
    arguments.addAll(config.formatArguments());
    String first = config.property("controller.quorum.bootstrap.servers");
    if (first != null) {
      boolean isFirst = config.property("listeners").contains("://" + first);
      arguments.add(isFirst ? "--standalone" : "--no-initial-controllers");
    }
    return arguments;
  }

  /** The command line of a broker with this configuration. */
  public abstract List<String> command(BrokerConfig config);

  /** What goes into server.properties besides that which is the same for all. */
  abstract Map<String, String> properties();

  /** What has to happen once before the first start on a directory. */
  abstract void prepare(BrokerConfig config) throws IOException;

  /** How the process ends when it was asked to with SIGTERM and did as asked. */
  public abstract int exitCodeAfterTerm();

  /**
   * Fails if a broker that had got ready reported an error of its own, whatever its clients did to
   * it, other than those that are expected.
   */
  public abstract void checkOutput(BrokerProcess broker, Predicate<String> isExpected);
}
