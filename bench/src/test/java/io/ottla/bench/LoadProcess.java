package io.ottla.bench;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** Runs a plan in a client JVM of its own, while it keeps an eye on the brokers. */
public final class LoadProcess {

  private LoadProcess() {}

  /**
   * Returns when the client has ended.
   *
   * @param directory for the plan, the result and the client's output
   * @throws MeasurementException if the client fails, or is not done in time, or a broker dies
   */
  public static SessionResult run(
      Side side, Path directory, SessionPlan plan, List<ChildProcess> brokers) throws IOException {
    return run(side, directory, LoadMain.class, plan, plan.limitSeconds(), brokers);
  }

  /**
   * Returns when the client has ended.
   *
   * @param main takes two arguments: the file of the plan as JSON, and where it puts the result
   */
  public static SessionResult run(
      Side side,
      Path directory,
      Class<?> main,
      Object plan,
      int limitSeconds,
      List<ChildProcess> brokers)
      throws IOException {
    ObjectMapper mapper = new ObjectMapper();
    Path planFile = directory.resolve("plan.json");
    Path resultFile = directory.resolve("result.json");
    Path output = directory.resolve("client.log");
    mapper.writeValue(planFile.toFile(), plan);
    List<String> command =
        List.of(
            side.home().java(),
            "-Xms512m",
            "-Xmx512m",
            "-cp",
            System.getProperty("java.class.path"),
            main.getName(),
            planFile.toString(),
            resultFile.toString());
    try (ChildProcess client =
        ChildProcess.start("the client", command, side.home().javaHome(), output)) {
      long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(limitSeconds);
      while (!client.awaitEnd(200, TimeUnit.MILLISECONDS)) {
        brokers.forEach(ChildProcess::requireAlive);
        if (System.nanoTime() > deadline) {
          throw new MeasurementException(
              "the client did not end in %d s; the end of its output:%n%s"
                  .formatted(limitSeconds, client.tail()));
        }
      }
      brokers.forEach(ChildProcess::requireAlive);
      client.requireSuccess(1);
    }
    return mapper.readValue(resultFile.toFile(), SessionResult.class);
  }
}
