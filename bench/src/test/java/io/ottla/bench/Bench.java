package io.ottla.bench;

import java.io.IOException;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/**
 * Runs both sides in turn, a single broker each, and writes the report. Ends with 0 when every
 * measurement could be taken, whatever it says, and with 1 when one could not.
 */
@Command(
    name = "bench/run.sh",
    sortOptions = false,
    description = "Measures two brokers side by side with the stock client.")
public final class Bench implements Callable<Integer> {

  @Mixin private Options options;

  public static void main(String[] args) {
    BenchRun.main(new Bench(), args);
  }

  @Override
  public Integer call() throws IOException, InterruptedException {
    var _ = BenchRun.execute(options, "%s and %s side by side", neededBytes(), this::measure);
    return 0;
  }

  private void measure(BenchRun run) throws IOException, InterruptedException {
    run.report().fact("rounds", options.rounds() + ", of start-ups " + options.startUps());
    startUps(run);
    sessions(run);
  }

  private void startUps(BenchRun run) throws IOException {
    if (options.startUps() == 0) {
      return;
    }
    BenchRun.say("start-up, once each without counting");
    StartUps.freshAndAgain(run.a(), "warm-up");
    StartUps.freshAndAgain(run.b(), "warm-up");
    for (int round = 0; round < options.startUps(); round++) {
      for (Side side : run.inTurn(round)) {
        BenchRun.say("start-up %d: %s".formatted(round + 1, BenchRun.name(side)));
        run.add(side, StartUps.freshAndAgain(side, "start-up"));
      }
    }
  }

  private void sessions(BenchRun run) throws IOException, InterruptedException {
    for (int round = 0; round < options.rounds(); round++) {
      for (Side side : run.inTurn(round)) {
        BenchRun.say("round %d: %s".formatted(round + 1, BenchRun.name(side)));
        run.add(side, new Session(options).run(side, "round"));
        BenchRun.settleDisk();
      }
    }
  }

  /** One session's data: a topic for each load, and half as much to warm up; and some to spare. */
  private long neededBytes() {
    return options.noBulk
        ? 3 * options.maxBytes() + 2_000_000_000L
        : 7 * options.maxBytes() + 2_000_000_000L;
  }
}
