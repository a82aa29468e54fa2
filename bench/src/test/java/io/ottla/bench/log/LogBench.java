package io.ottla.bench.log;

import io.ottla.bench.BenchRun;
import io.ottla.bench.BrokerFiles;
import io.ottla.bench.MeasurementException;
import io.ottla.bench.Sample;
import io.ottla.bench.Side;
import io.ottla.bench.StartUps;
import io.ottla.bench.StartUps.Started;
import io.ottla.bench.Turns;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import org.apache.kafka.common.KafkaException;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/**
 * Runs single brokers of both sides in turn for what their logs do, and writes the report. A figure
 * that cannot be taken is told in the report, and the others are taken all the same. Ends with 0
 * when every measurement could be taken, whatever it says, and with 1 when one could not.
 */
@Command(
    name = "bench/run.sh --log",
    sortOptions = false,
    description = "Measures the logs of two brokers side by side with the stock client.")
public final class LogBench implements Callable<Integer> {

  @Mixin private LogOptions options;

  public static void main(String[] args) {
    BenchRun.main(new LogBench(), args);
  }

  @Override
  public Integer call() throws IOException, InterruptedException {
    return BenchRun.execute(
                options, "The logs of %s and %s side by side", options.neededBytes(), this::measure)
            .failures()
            .isEmpty()
        ? 0
        : 1;
  }

  private void measure(BenchRun run) throws IOException, InterruptedException {
    run.report()
        .fact(
            "rounds",
            options.figures().stream()
                .map(figure -> "%d of %s".formatted(options.rounds(), figure))
                .collect(Collectors.joining(", ")));
    run.report().fact("page cache, for cold reads", PageCache.how());
    run.report().fact("files a process may have open", Processes.openFilesLimit());
    LogTargets.of(options).forEach(run.report()::target);
    BenchRun.say("one start of each without counting");
    for (Side side : List.of(run.a(), run.b())) {
      run.report().fact("memory of " + BenchRun.name(side), memoryFlags(side));
    }
    new Turns<LogFigure>(run, options, this::measure)
        .take(options.figures(), figure -> options.rounds());
  }

  /** Starts once: to see how, and for what a broker does only at the first start of a build. */
  private static String memoryFlags(Side side) throws IOException {
    BrokerFiles files = side.freshFiles("warm-up");
    try (Started started = StartUps.start(side, files)) {
      return Processes.memoryFlags(started.broker());
    } finally {
      Side.delete(files.directory());
    }
  }

  private void measure(LogFigure figure, int round, Side side, List<Sample> samples)
      throws IOException, InterruptedException {
    Side prepared = side.withDefaults(figure.brokerProperties());
    BrokerFiles files = prepared.freshFiles(figure.toString());
    try {
      figure.make(options).measure(prepared, files, samples);
    } catch (KafkaException | IllegalStateException | IOException e) {
      // One figure that a client or the disk refuses does not take the others with it.
      throw new MeasurementException(e.toString(), e);
    } finally {
      if (!options.keep) {
        Side.delete(files.directory());
      }
    }
  }
}
