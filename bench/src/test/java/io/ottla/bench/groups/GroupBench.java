package io.ottla.bench.groups;

import io.ottla.bench.BenchRun;
import io.ottla.bench.BrokerFiles;
import io.ottla.bench.LoadProcess;
import io.ottla.bench.Sample;
import io.ottla.bench.Side;
import io.ottla.bench.StartUps;
import io.ottla.bench.StartUps.Started;
import io.ottla.bench.Turns;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/**
 * Runs single brokers of both sides in turn under loads of consumer groups and writes the report. A
 * figure that cannot be taken is told in the report, and the others are taken all the same. Ends
 * with 0 when every measurement could be taken, whatever it says, and with 1 when one could not.
 */
@Command(
    name = "bench/run.sh --groups",
    sortOptions = false,
    description = "Measures consumer groups on two brokers side by side with the stock client.")
public final class GroupBench implements Callable<Integer> {

  private static final long NEEDED_BYTES = 2_000_000_000L;

  @Mixin private GroupOptions options;

  public static void main(String[] args) {
    BenchRun.main(new GroupBench(), args);
  }

  @Override
  public Integer call() throws IOException, InterruptedException {
    return BenchRun.execute(
                options, "Groups on %s and %s side by side", NEEDED_BYTES, this::measure)
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
                .map(figure -> "%d of %s".formatted(figure.rounds(options), figure))
                .collect(Collectors.joining(", ")));
    GroupTargets.of(options).forEach(run.report()::target);
    new Turns<GroupFigure>(run, options, this::measure)
        .take(options.figures(), figure -> figure.rounds(options));
  }

  private void measure(GroupFigure figure, int round, Side side, List<Sample> samples)
      throws IOException {
    for (GroupPlan plan : figure.plans(options, round)) {
      BrokerFiles files = side.freshFiles(figure.toString());
      try (Started started = StartUps.start(side, files)) {
        GroupPlan here = plan.at(files.bootstrap(), started.broker().pid());
        samples.addAll(
            LoadProcess.run(
                    side,
                    files.directory(),
                    GroupLoadMain.class,
                    here,
                    here.limitSeconds(),
                    List.of(started.broker()))
                .samples());
      }
      if (!options.keep) {
        Side.delete(files.directory());
      }
    }
  }
}
