package io.ottla.bench.cluster;

import io.ottla.bench.BenchRun;
import io.ottla.bench.MeasurementException;
import io.ottla.bench.Sample;
import io.ottla.bench.Side;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
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

  private final List<String> leftOut = new ArrayList<>();

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
    if (options.oneSide != null) {
      run.report().failure("only side " + options.oneSide + " was measured, as asked");
    } else {
      BenchRun.say("one start of each without counting");
      round(run, run.a(), FigureName.START, new ArrayList<>());
      round(run, run.b(), FigureName.START, new ArrayList<>());
    }
    TimeBudget budget =
        new TimeBudget(TimeUnit.MINUTES.toNanos(options.minutes), System.nanoTime());
    for (int round = 0; round < options.rounds(); round++) {
      for (FigureName figure : options.figures()) {
        if (round < figure.rounds(options)) {
          inTurn(run, figure, round, budget);
        }
      }
    }
  }

  private void inTurn(BenchRun run, FigureName figure, int round, TimeBudget budget)
      throws IOException, InterruptedException {
    long beganNs = System.nanoTime();
    if (!budget.allows(figure, beganNs)) {
      leftOut.add(figure + " " + (round + 1));
      run.report().fact("left out for want of time", String.join(", ", leftOut));
      return;
    }
    for (Side side : sides(run, round)) {
      List<Sample> samples = new ArrayList<>();
      BenchRun.say("%s %d: %s".formatted(figure, round + 1, BenchRun.name(side)));
      long startNs = System.nanoTime();
      round(run, side, figure, samples);
      run.add(side, samples);
      BenchRun.settleDisk();
      BenchRun.say("  took %d s".formatted((System.nanoTime() - startNs) / 1_000_000_000));
    }
    budget.took(figure, System.nanoTime() - beganNs);
  }

  private List<Side> sides(BenchRun run, int round) {
    return run.inTurn(round).stream().filter(options::measures).toList();
  }

  /** Adds what could be measured; what could not goes into the report in words. */
  private void round(BenchRun run, Side side, FigureName figure, List<Sample> samples)
      throws IOException, InterruptedException {
    try (Cluster cluster = Cluster.create(side, figure.toString())) {
      try {
        samples.add(FirstAck.start(cluster));
        figure.make(options).measure(cluster, samples);
      } catch (MeasurementException e) {
        BenchRun.tell(e);
        String why = e.getMessage().lines().findFirst().orElse("");
        run.report().failure("%s, %s: %s".formatted(figure, side.kind().label(), why));
      } finally {
        cluster.close();
      }
      if (!options.keep) {
        Side.delete(cluster.directory());
      }
    }
  }
}
