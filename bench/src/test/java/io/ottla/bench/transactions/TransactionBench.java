package io.ottla.bench.transactions;

import io.ottla.bench.BenchRun;
import io.ottla.bench.BrokerFiles;
import io.ottla.bench.ChildProcess;
import io.ottla.bench.LoadProcess;
import io.ottla.bench.Sample;
import io.ottla.bench.Side;
import io.ottla.bench.StartUps;
import io.ottla.bench.StartUps.Started;
import io.ottla.bench.Turns;
import io.ottla.bench.cluster.Cluster;
import io.ottla.bench.cluster.FirstAck;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/**
 * Runs brokers of both sides in turn under transactions and writes the report. A figure that cannot
 * be taken is told in the report, and the others are taken all the same. Ends with 0 when every
 * measurement could be taken, whatever it says, and with 1 when one could not.
 */
@Command(
    name = "bench/run.sh --transactions",
    sortOptions = false,
    description = "Measures transactions on two brokers side by side with the stock client.")
public final class TransactionBench implements Callable<Integer> {

  private static final long NEEDED_BYTES = 4_000_000_000L;

  @Mixin private TransactionOptions options;

  public static void main(String[] args) {
    BenchRun.main(new TransactionBench(), args);
  }

  @Override
  public Integer call() throws IOException, InterruptedException {
    return BenchRun.execute(
                options,
                "Transactions on %s and %s side by side",
                options.brokers() * NEEDED_BYTES,
                this::measure)
            .failures()
            .isEmpty()
        ? 0
        : 1;
  }

  private void measure(BenchRun run) throws IOException, InterruptedException {
    run.report()
        .fact(
            "nodes", options.brokers() == 1 ? "1" : "%d, 3 replicas".formatted(options.brokers()));
    run.report()
        .fact(
            "rounds",
            options.figures().stream()
                .map(figure -> "%d of %s".formatted(options.rounds(), figure))
                .collect(Collectors.joining(", ")));
    TransactionTargets.of(options).forEach(run.report()::target);
    new Turns<TransactionFigure>(run, options, this::measure)
        .take(options.figures(), figure -> options.rounds());
  }

  private void measure(TransactionFigure figure, int round, Side side, List<Sample> samples)
      throws IOException, InterruptedException {
    TransactionPlan plan = figure.plan(options);
    Path directory;
    if (options.brokers() == 1) {
      BrokerFiles files = side.freshFiles(figure.toString());
      directory = files.directory();
      try (Started started = StartUps.start(side, files)) {
        samples.addAll(load(side, directory, plan, files.bootstrap(), List.of(started.broker())));
      }
    } else {
      Cluster cluster = Cluster.create(side, figure.toString());
      directory = cluster.directory();
      try (cluster) {
        var _ = FirstAck.start(cluster);
        samples.addAll(
            load(side, directory, plan, cluster.clients().bootstrap(), cluster.processes()));
      }
    }
    if (!options.keep) {
      Side.delete(directory);
    }
  }

  private static List<Sample> load(
      Side side, Path directory, TransactionPlan plan, String bootstrap, List<ChildProcess> brokers)
      throws IOException {
    TransactionPlan here = plan.at(bootstrap, brokers.stream().map(ChildProcess::pid).toList());
    return LoadProcess.run(
            side, directory, TransactionLoadMain.class, here, here.limitSeconds(), brokers)
        .samples();
  }
}
