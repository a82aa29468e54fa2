package io.ottla.bench;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.ToIntFunction;

/**
 * Takes figures on both sides in turn, the first round of every figure before the second of any,
 * within a time. A figure that cannot be taken is told in the report, and the others are taken all
 * the same.
 *
 * @param <F> names a figure
 */
public final class Turns<F> {

  private final BenchRun run;
  private final FigureOptions options;
  private final Measurement<F> measurement;
  private final TimeBudget<F> budget;
  private final List<String> leftOut = new ArrayList<>();

  /** Takes one round of a figure on one side. */
  @FunctionalInterface
  public interface Measurement<F> {

    /**
     * Adds what could be measured.
     *
     * @param round counted from 0
     * @throws MeasurementException if something could not; what is in {@code samples} counts
     */
    void take(F figure, int round, Side side, List<Sample> samples)
        throws IOException, InterruptedException;
  }

  /** Begins to count the time that the options give; a side that they leave out is reported. */
  public Turns(BenchRun run, FigureOptions options, Measurement<F> measurement) {
    this.run = run;
    this.options = options;
    this.measurement = measurement;
    this.budget = new TimeBudget<>(TimeUnit.MINUTES.toNanos(options.minutes()), System.nanoTime());
    if (options.oneSide != null) {
      run.report().failure("only side " + options.oneSide + " was measured, as asked");
    }
  }

  /** Takes all rounds; how many a figure has may differ. */
  public void take(List<F> figures, ToIntFunction<F> rounds)
      throws IOException, InterruptedException {
    int most = figures.stream().mapToInt(rounds).max().orElse(0);
    for (int round = 0; round < most; round++) {
      for (F figure : figures) {
        if (round < rounds.applyAsInt(figure)) {
          inTurn(figure, round);
        }
      }
    }
  }

  private void inTurn(F figure, int round) throws IOException, InterruptedException {
    long beganNs = System.nanoTime();
    if (!budget.allows(figure, beganNs)) {
      leftOut.add(figure + " " + (round + 1));
      run.report().fact("left out for want of time", String.join(", ", leftOut));
      return;
    }
    for (Side side : run.inTurn(round)) {
      if (options.measures(side)) {
        List<Sample> samples = new ArrayList<>();
        BenchRun.say("%s %d: %s".formatted(figure, round + 1, BenchRun.name(side)));
        long startNs = System.nanoTime();
        take(figure, round, side, samples);
        run.add(side, samples);
        BenchRun.settleDisk();
        BenchRun.say("  took %d s".formatted((System.nanoTime() - startNs) / 1_000_000_000));
      }
    }
    budget.took(figure, System.nanoTime() - beganNs);
  }

  /** Adds what could be measured; what could not goes into the report in words. */
  public void take(F figure, int round, Side side, List<Sample> samples)
      throws IOException, InterruptedException {
    try {
      measurement.take(figure, round, side, samples);
    } catch (MeasurementException e) {
      BenchRun.tell(e);
      String why = e.getMessage().lines().findFirst().orElse("");
      run.report().failure("%s, %s: %s".formatted(figure, side.kind().label(), why));
    }
  }
}
