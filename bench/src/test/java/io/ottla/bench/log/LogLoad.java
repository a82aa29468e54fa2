package io.ottla.bench.log;

import io.ottla.bench.BrokerFiles;
import io.ottla.bench.ChildProcess;
import io.ottla.bench.LoadProcess;
import io.ottla.bench.Sample;
import io.ottla.bench.Side;
import io.ottla.bench.log.LogPlan.Step;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** Has steps done by a client JVM of their own. */
final class LogLoad {

  private LogLoad() {}

  /**
   * Returns when the steps are done.
   *
   * @param name of a directory for the client's files
   * @throws io.ottla.bench.MeasurementException if the client or the broker fails
   */
  static List<Sample> run(
      Side side, BrokerFiles files, ChildProcess broker, String name, Step... steps)
      throws IOException {
    LogPlan plan = new LogPlan(files.bootstrap(), List.of(broker.pid()), List.of(steps));
    Path directory = files.directory().resolve(name);
    Files.createDirectories(directory);
    return LoadProcess.run(
            side, directory, LogLoadMain.class, plan, plan.limitSeconds(), List.of(broker))
        .samples();
  }
}
