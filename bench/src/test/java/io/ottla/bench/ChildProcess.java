package io.ottla.bench;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;

/**
 * A process that this one started, ended with it: by its own pid, never by name. Its output goes to
 * a file.
 */
public final class ChildProcess implements AutoCloseable {

  private static final int KILL_LIMIT_SECONDS = 30;
  private static final int TAIL_LINES = 40;

  private final String name;
  private final Process process;
  private final Path output;
  private final long spawnedAtNs;
  private final Thread hook;

  private ChildProcess(String name, Process process, Path output, long spawnedAtNs) {
    this.name = name;
    this.process = process;
    this.output = output;
    this.spawnedAtNs = spawnedAtNs;
    this.hook = new Thread(process::destroyForcibly);
    Runtime.getRuntime().addShutdownHook(hook);
  }

  /** Starts the command with the JDK of {@code javaHome} and without JVM settings of the caller. */
  public static ChildProcess start(String name, List<String> command, Path javaHome, Path output)
      throws IOException {
    ProcessBuilder builder =
        new ProcessBuilder(command)
            .redirectInput(Redirect.from(Path.of("/dev/null").toFile()))
            .redirectErrorStream(true)
            .redirectOutput(Redirect.appendTo(output.toFile()));
    builder
        .environment()
        .keySet()
        .removeIf(
            key ->
                key.startsWith("KAFKA_")
                    || key.startsWith("OTTLA_")
                    || key.equals("LOG_DIR")
                    || key.equals("CLASSPATH")
                    || key.equals("JDK_JAVA_OPTIONS")
                    || key.equals("JAVA_TOOL_OPTIONS"));
    builder.environment().put("JAVA_HOME", javaHome.toString());
    long spawnedAtNs = System.nanoTime();
    return new ChildProcess(name, builder.start(), output, spawnedAtNs);
  }

  /** {@link System#nanoTime()} just before the process was made. */
  public long spawnedAtNs() {
    return spawnedAtNs;
  }

  public long pid() {
    return process.pid();
  }

  public boolean isAlive() {
    return process.isAlive();
  }

  /**
   * @throws MeasurementException with the end of its output, if the process has ended
   */
  public void requireAlive() {
    if (!process.isAlive()) {
      throw new MeasurementException(
          "%s died with status %d; the end of its output:%n%s"
              .formatted(name, process.exitValue(), tail()));
    }
  }

  /** True when the process ended within the time. */
  boolean awaitEnd(long limit, TimeUnit unit) {
    try {
      return process.waitFor(limit, unit);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new MeasurementException("interrupted", e);
    }
  }

  /**
   * Waits for a process that ends by itself.
   *
   * @throws MeasurementException if it does not end in time, or not with status 0
   */
  void requireSuccess(int limitSeconds) {
    if (!awaitEnd(limitSeconds, TimeUnit.SECONDS)) {
      throw new MeasurementException(
          "%s did not end in %d s; the end of its output:%n%s"
              .formatted(name, limitSeconds, tail()));
    }
    if (process.exitValue() != 0) {
      throw new MeasurementException(
          "%s ended with status %d; the end of its output:%n%s"
              .formatted(name, process.exitValue(), tail()));
    }
  }

  /**
   * Asks the process to end (SIGTERM) and waits for it.
   *
   * @return how long it took, in ms
   */
  public double stop(int limitSeconds) {
    requireAlive();
    long start = System.nanoTime();
    process.destroy();
    if (!awaitEnd(limitSeconds, TimeUnit.SECONDS)) {
      throw new MeasurementException(
          "%s did not stop in %d s; the end of its output:%n%s"
              .formatted(name, limitSeconds, tail()));
    }
    return (System.nanoTime() - start) / 1e6;
  }

  /** Ends the process at once (SIGKILL) and waits until it is gone. */
  public void kill() {
    process.destroyForcibly();
    if (!awaitEnd(KILL_LIMIT_SECONDS, TimeUnit.SECONDS)) {
      throw new MeasurementException(name + " (pid " + pid() + ") cannot be killed");
    }
  }

  public String tail() {
    try {
      List<String> lines =
          new String(Files.readAllBytes(output), StandardCharsets.UTF_8).lines().toList();
      return lines.stream()
          .skip(Math.max(0, lines.size() - TAIL_LINES))
          .collect(Collectors.joining("\n"));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void close() {
    if (process.isAlive()) {
      kill();
    }
    try {
      Runtime.getRuntime().removeShutdownHook(hook);
    } catch (IllegalStateException e) {
      // Shutting down: the hook runs, and finds the process gone.
    }
  }
}
