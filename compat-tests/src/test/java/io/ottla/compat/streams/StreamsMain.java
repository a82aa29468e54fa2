package io.ottla.compat.streams;

import java.io.Reader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Properties;
import java.util.function.Supplier;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.Topology;
import org.apache.kafka.streams.errors.StreamsUncaughtExceptionHandler.StreamThreadExceptionResponse;

/**
 * One instance of a Kafka Streams app, run as a process of its own: the name of the class with its
 * topology, and a file with its properties. It ends well on SIGTERM, with an error when Streams
 * gives up, and with the process that started it.
 */
public final class StreamsMain {
  private static final Duration CLOSE_LIMIT = Duration.ofSeconds(30);

  private StreamsMain() {}

  /** What this instance prints each time it is running, before the numbers of its tasks. */
  static final String RUNNING = "Running";

  /** What it prints when it has stopped as asked. */
  static final String CLOSED = "Closed";

  public static void main(String... arguments) throws Exception {
    ProcessHandle.current()
        .parent()
        .ifPresent(parent -> parent.onExit().thenRun(() -> Runtime.getRuntime().halt(1)));
    Properties properties = new Properties();
    try (Reader reader = Files.newBufferedReader(Path.of(arguments[1]))) {
      properties.load(reader);
    }
    Supplier<?> app =
        (Supplier<?>) Class.forName(arguments[0]).getDeclaredConstructor().newInstance();
    KafkaStreams streams = new KafkaStreams((Topology) app.get(), properties);
    streams.setUncaughtExceptionHandler(
        exception -> {
          exception.printStackTrace();
          return StreamThreadExceptionResponse.SHUTDOWN_CLIENT;
        });
    streams.setStateListener(
        (now, before) -> {
          if (now == KafkaStreams.State.RUNNING) {
            streams
                .metadataForLocalThreads()
                .forEach(
                    thread ->
                        System.out.printf(
                            "%s: %d active, %d standby%n",
                            RUNNING, thread.activeTasks().size(), thread.standbyTasks().size()));
          } else if (now == KafkaStreams.State.ERROR) {
            Runtime.getRuntime().halt(1);
          }
        });
    Runtime.getRuntime()
        .addShutdownHook(
            new Thread(
                () -> System.out.println(streams.close(CLOSE_LIMIT) ? CLOSED : "Not closed")));
    streams.start();
  }
}
