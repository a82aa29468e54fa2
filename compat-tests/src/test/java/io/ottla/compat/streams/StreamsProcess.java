package io.ottla.compat.streams;

import static org.assertj.core.api.Assertions.assertThat;

import io.ottla.compat.Await;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.kafka.streams.Topology;

/**
 * One instance of a Kafka Streams app with exactly-once processing, in a process of its own and
 * with a directory of its own, which is killed and started again. For the test's own thread.
 */
public final class StreamsProcess implements AutoCloseable {
  private static final Duration LIMIT = Duration.ofSeconds(60);
  private static final int TERMINATED = 128 + 15;

  private final Path directory;
  private final Class<? extends Supplier<Topology>> app;
  private Process process;
  private int printedBefore;

  /**
   * Starts an instance and returns at once.
   *
   * @param directory of this instance alone
   * @param app what it runs; its simple name is the application id
   */
  public StreamsProcess(
      Path directory,
      String servers,
      Class<? extends Supplier<Topology>> app,
      Map<String, String> more)
      throws IOException {
    this.directory = Files.createDirectories(directory);
    this.app = app;
    Map<String, String> properties = new LinkedHashMap<>();
    properties.put("application.id", app.getSimpleName());
    properties.put("bootstrap.servers", servers);
    properties.put("processing.guarantee", "exactly_once_v2");
    for (String part : List.of("key", "value")) {
      properties.put(
          "default." + part + ".serde", "org.apache.kafka.common.serialization.Serdes$StringSerde");
    }
    properties.put("state.dir", state().toString());
    properties.put("statestore.cache.max.bytes", "0"); // each change of a table is told
    properties.put("commit.interval.ms", "200");
    properties.put("poll.ms", "20");
    properties.put("repartition.purge.interval.ms", "1000");
    // An instance that was killed is missed, and what it left open is given up, soon.
    properties.put("consumer.session.timeout.ms", "1500");
    properties.put("consumer.heartbeat.interval.ms", "300");
    properties.put("producer.transaction.timeout.ms", "3000");
    properties.putAll(more);
    Files.writeString(
        directory.resolve("app.properties"),
        properties.entrySet().stream()
            .map(property -> property.getKey() + "=" + property.getValue() + "\n")
            .collect(Collectors.joining()));
    restart();
  }

  private Path state() {
    return directory.resolve("state");
  }

  private Path output() {
    return directory.resolve("app.out");
  }

  /** Starts it again, with the state it has kept; what it prints is appended. */
  public void restart() throws IOException {
    printedBefore = Files.exists(output()) ? printed().length() : 0;
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of("-Xmx160m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"));
    command.add("--enable-native-access=ALL-UNNAMED");
    command.addAll(List.of("-Dlog.level=WARN", "-cp", System.getProperty("java.class.path")));
    command.addAll(List.of(StreamsMain.class.getName(), app.getName()));
    command.add(directory.resolve("app.properties").toString());
    ProcessBuilder builder =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.appendTo(output().toFile()));
    // Where RocksDB unpacks itself: a process that is killed does not clean up.
    builder.environment().put("ROCKSDB_SHAREDLIB_DIR", directory.toString());
    process = builder.start();
  }

  /** Waits until it has tasks since it was last started. */
  public void awaitRunning() throws Exception {
    Await.until(
        "the app has tasks",
        LIMIT,
        () -> {
          checkAlive();
          return printed().indexOf(StreamsMain.RUNNING, printedBefore) >= 0;
        });
  }

  /** Ends it as a crash would. */
  public void kill() throws InterruptedException {
    process.destroyForcibly().waitFor();
  }

  /** Takes its state away, as when it comes back on another machine. */
  public void forgetState() throws IOException {
    assertThat(process.isAlive()).as("still running").isFalse();
    try (Stream<Path> paths = Files.walk(state())) {
      for (Path path : paths.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(path);
      }
    }
  }

  /** Asks it to stop, and checks that it does, in good order. */
  public void stop() throws Exception {
    checkAlive();
    process.destroy();
    assertThat(process.waitFor(LIMIT.toSeconds(), TimeUnit.SECONDS)).as("has stopped").isTrue();
    assertThat(process.exitValue()).as(printed()).isEqualTo(TERMINATED);
    assertThat(printed()).contains(StreamsMain.CLOSED);
  }

  /** Fails if it has ended by itself. */
  public void checkAlive() throws IOException {
    assertThat(process.isAlive()).as("the app runs; it said:\n%s", printed()).isTrue();
  }

  /** Whether it has been running with replicas of others' state. */
  public boolean hasHadStandbys() throws IOException {
    return printed()
        .lines()
        .anyMatch(line -> line.matches(StreamsMain.RUNNING + ": \\d+ active, [1-9]\\d* standby"));
  }

  private String printed() throws IOException {
    return Files.readString(output());
  }

  @Override
  public void close() throws InterruptedException {
    kill();
  }
}
