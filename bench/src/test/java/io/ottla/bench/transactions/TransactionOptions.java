package io.ottla.bench.transactions;

import io.ottla.bench.FigureOptions;
import io.ottla.bench.cluster.Cluster;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.Option;

/**
 * The command line of {@code run.sh --transactions}. Unset numbers take a default that depends on
 * {@code --quick}.
 */
final class TransactionOptions extends FigureOptions {

  @Option(names = "--transactions", required = true, description = "measure transactions")
  boolean transactions;

  @Option(
      names = "--only",
      split = ",",
      paramLabel = "figure",
      description = "measure only these: paced, back-to-back, process")
  List<TransactionFigure> only = new ArrayList<>();

  @Option(
      names = "--three",
      description = "three brokers of each and three replicas of everything, not one")
  boolean three;

  @Option(
      names = "--rounds",
      description = "of each figure, each on fresh brokers of each side (2; quick: 1)")
  Integer rounds;

  @Option(
      names = "--producers",
      split = ",",
      paramLabel = "number",
      description = "that write at the same time, one load for each number (1,8,32; quick: 1,8)")
  List<Integer> producers = new ArrayList<>();

  @Option(
      names = "--loops",
      split = ",",
      paramLabel = "number",
      description = "that read, process and write at the same time, one load for each (1,4)")
  List<Integer> loops = new ArrayList<>(List.of(1, 4));

  @Option(names = "--records", description = "in a transaction that is only written (10)")
  int records = 10;

  @Option(
      names = "--last",
      paramLabel = "ms",
      description = "from the begin of a paced transaction to its commit, ms (10)")
  int lastMs = 10;

  @Option(
      names = "--commit-records",
      description = "a loop commits after so many, or after 100 ms (1000)")
  int commitRecords = 1000;

  @Option(
      names = "--input",
      description = "records that loops find in their topic (5000000; quick: 1000000)")
  Integer input;

  @Option(
      names = "--seconds",
      description = "measured, of each load, after half as many of writes to warm up (8; quick: 4)")
  Integer seconds;

  TransactionOptions() {
    super(12);
  }

  int brokers() {
    return three ? Cluster.NODES : 1;
  }

  int rounds() {
    return choose(rounds, 2, 1);
  }

  List<Integer> producers() {
    return !producers.isEmpty() ? producers : quick ? List.of(1, 8) : List.of(1, 8, 32);
  }

  int input() {
    return choose(input, 5_000_000, 1_000_000);
  }

  int seconds() {
    return choose(seconds, 8, 4);
  }

  int warmUpSeconds() {
    return (seconds() + 1) / 2;
  }

  /** What to measure, in the order in which it is measured. */
  List<TransactionFigure> figures() {
    return chosen(only, TransactionFigure.values());
  }
}
