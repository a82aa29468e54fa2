package io.ottla.compat.broker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import io.ottla.compat.wire.RawConnection;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.function.IntPredicate;

/**
 * One run of a broker in a process of its own, from start to exit. What it prints goes to a file in
 * its directory. A process that outlives the tests' JVM is ended with it.
 */
public final class BrokerProcess {
  private static final Duration START_LIMIT = Duration.ofSeconds(60);
  private static final Duration STOP_LIMIT = Duration.ofSeconds(60);
  private static final int TAIL_LINES = 120;

  /**
   * For the JVMs of brokers. Most of them live for seconds, in which the better compiler takes more
   * time than it gives.
   */
  private static final String JVM_OPTIONS =
      System.getProperty("compat.jvm.options", "-XX:TieredStopAtLevel=1");

  private static final Set<Process> RUNNING = ConcurrentHashMap.newKeySet();

  static {
    Runtime.getRuntime()
        .addShutdownHook(new Thread(() -> RUNNING.forEach(Process::destroyForcibly)));
  }

  private final BrokerConfig config;
  private final Process process;
  private final long launchedNs = System.nanoTime();
  private Duration startUpTime;
  private volatile boolean paused;

  private BrokerProcess(BrokerConfig config, Process process) {
    this.config = config;
    this.process = process;
  }

  /** Starts the process and returns at once. */
  public static BrokerProcess launch(BrokerConfig config) throws IOException {
    config.write();
    config.kind().prepare(config);
    List<String> command = new ArrayList<>(config.prefix());
    command.addAll(config.kind().command(config));
    ProcessBuilder builder =
        new ProcessBuilder(command)
            .directory(config.directory().toFile())
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.appendTo(config.outputFile().toFile()));
    builder.environment().keySet().removeIf(BrokerProcess::wouldChangeTheBroker);
    builder.environment().put("KAFKA_OPTS", JVM_OPTIONS);
    builder.environment().putAll(config.environment());
    if (!config.heapOptions().isEmpty()) {
      builder.environment().put("KAFKA_HEAP_OPTS", String.join(" ", config.heapOptions()));
    }
    BrokerProcess broker = new BrokerProcess(config, builder.start());
    RUNNING.add(broker.process);
    broker.process.onExit().thenAccept(RUNNING::remove);
    return broker;
  }

  private static boolean wouldChangeTheBroker(String variable) {
    return variable.startsWith("KAFKA_")
        || (variable.startsWith("OTTLA_") && !variable.equals("OTTLA_JAVA_HOME"))
        || variable.equals("LOG_DIR");
  }

  /** Starts the process and waits until it answers requests. */
  public static BrokerProcess start(BrokerConfig config) throws Exception {
    return launch(config).awaitReady();
  }

  /** Waits until the broker answers an ApiVersions request. */
  public BrokerProcess awaitReady() throws InterruptedException {
    return await(RawConnection::answersApiVersions);
  }

  /** Waits until somebody listens on its port, whatever language is spoken there. */
  public BrokerProcess awaitListening() throws InterruptedException {
    return await(RawConnection::isAccepted);
  }

  private BrokerProcess await(IntPredicate isReady) throws InterruptedException {
    long deadlineNs = launchedNs + START_LIMIT.toNanos();
    while (!isReady.test(config.port())) {
      if (process.waitFor(10, TimeUnit.MILLISECONDS)) {
        fail("The broker ended with %d instead of getting ready:\n%s", process.exitValue(), tail());
      }
      if (System.nanoTime() - deadlineNs > 0) {
        kill();
        fail("The broker was not ready within %s:\n%s", START_LIMIT, tail());
      }
    }
    startUpTime = Duration.ofNanos(System.nanoTime() - launchedNs);
    return this;
  }

  /** A new process on the same directory, ready to answer. */
  public BrokerProcess restart() throws Exception {
    assertThat(process.isAlive()).as("still running").isFalse();
    return start(config);
  }

  /** Asks the broker to stop (SIGTERM), and checks that it does so and says that all went well. */
  public void stop() throws InterruptedException {
    terminate();
    awaitStopped();
  }

  /** Asks the broker to stop (SIGTERM) and returns at once. */
  public void terminate() {
    process.destroy();
  }

  /** Waits until a broker that was asked to has stopped, and checks that it says all went well. */
  public void awaitStopped() throws InterruptedException {
    assertThat(awaitExit(STOP_LIMIT))
        .as("exit code after SIGTERM; the broker said:\n%s", tail())
        .isEqualTo(config.kind().exitCodeAfterTerm());
  }

  /** Stops the process from running (SIGSTOP), all its threads at once, until it is resumed. */
  public void pause() throws IOException, InterruptedException {
    signal("STOP");
    paused = true;
  }

  /** Lets a paused process go on as if nothing had been (SIGCONT). */
  public void resume() throws IOException, InterruptedException {
    paused = false;
    signal("CONT");
  }

  public boolean isPaused() {
    return paused;
  }

  private void signal(String name) throws IOException, InterruptedException {
    Script.run(config.directory(), Map.of(), "kill", "-s", name, Long.toString(process.pid()))
        .expectSuccess();
  }

  /** Ends the broker as a crash would (SIGKILL). */
  public void kill() throws InterruptedException {
    process.destroyForcibly();
    process.waitFor();
  }

  /** As {@link #kill}, but returns at once. */
  public void killWithoutWaiting() {
    process.destroyForcibly();
  }

  /** Waits for the process to end and returns its exit code. */
  public int awaitExit(Duration limit) throws InterruptedException {
    if (!process.waitFor(limit.toMillis(), TimeUnit.MILLISECONDS)) {
      String said = tail();
      kill();
      fail("The broker was still running after %s:\n%s", limit, said);
    }
    return process.exitValue();
  }

  public boolean isAlive() {
    return process.isAlive();
  }

  public BrokerConfig config() {
    return config;
  }

  public String bootstrapServers() {
    return config.bootstrapServers();
  }

  public int port() {
    return config.port();
  }

  public long pid() {
    return process.pid();
  }

  /** From the start of the process to its first answer; null if that was not waited for. */
  public Duration startUpTime() {
    return startUpTime;
  }

  /** Memory the process occupies, in bytes; -1 where the system does not tell. */
  public long residentBytes() throws IOException {
    Path status = Path.of("/proc", Long.toString(process.pid()), "status");
    if (!Files.isReadable(status)) {
      return -1;
    }
    for (String line : Files.readAllLines(status)) {
      if (line.startsWith("VmRSS:")) {
        return Long.parseLong(line.replaceAll("[^0-9]", "")) * 1024;
      }
    }
    return -1;
  }

  /** All that was printed so far, by earlier runs on the same directory too. */
  public String output() {
    try {
      return new String(Files.readAllBytes(config.outputFile()), StandardCharsets.UTF_8);
    } catch (IOException e) {
      return "(" + e + ")";
    }
  }

  /** The last lines of {@link #output()}. */
  public String tail() {
    List<String> lines = output().lines().toList();
    return String.join("\n", lines.subList(Math.max(0, lines.size() - TAIL_LINES), lines.size()));
  }
}
