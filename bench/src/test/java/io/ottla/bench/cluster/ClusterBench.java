package io.ottla.bench.cluster;

import io.ottla.bench.BenchRun;
import io.ottla.bench.Sample;
import io.ottla.bench.Side;
import io.ottla.bench.Turns;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/**
 * Runs clusters of three of both sides in turn and writes the report. A figure that cannot be taken
 * is told in the report, and the others are taken all the same. Ends with 0 when every measurement
 * could be taken, whatever it says, and with 1 when one could not.
 */
@Command(
    name = "bench/run.sh --cluster",
    sortOptions = false,
    description = "Measures two clusters of three brokers side by side with the stock clients.")
public final class ClusterBench implements Callable<Integer> {

  @Mixin private ClusterOptions options;

  public static void main(String[] args) {
    BenchRun.main(new ClusterBench(), args);
  }

  @Override
  public Integer call() throws IOException, InterruptedException {
    // The follower's figure and the loads are what takes room, each on three nodes, one at a time.
    long neededBytes = 3 * (2 * options.maxBytes() + options.missedBytes()) + 4_000_000_000L;
    return BenchRun.execute(
                options, "Clusters of %s and %s side by side", neededBytes, this::measure)
            .failures()
            .isEmpty()
        ? 0
        : 1;
  }

  private void measure(BenchRun run) throws IOException, InterruptedException {
    run.report().fact("nodes", "3, each broker and controller, static voters");
    run.report()
        .fact("rounds", options.rounds() + ", kills of each kind in each " + options.kills());
    ClusterTargets.of(options).forEach(run.report()::target);
    Turns<FigureName> turns = new Turns<>(run, options, this::measure);
    if (options.oneSide == null) {
      BenchRun.say("one start of each without counting");
      turns.take(FigureName.START, 0, run.a(), new ArrayList<>());
      turns.take(FigureName.START, 0, run.b(), new ArrayList<>());
    }
    turns.take(options.figures(), figure -> figure.rounds(options));
  }

  private void measure(FigureName figure, int round, Side side, List<Sample> samples)
      throws IOException, InterruptedException {
    Cluster cluster = Cluster.create(side, figure.toString());
    try (cluster) {
      samples.add(FirstAck.start(cluster));
      figure.make(options).measure(cluster, samples);
    } finally {
      if (!options.keep) {
        Side.delete(cluster.directory());
      }
    }
  }
}
