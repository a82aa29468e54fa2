package io.ottla.bench.cluster;

import io.ottla.bench.FigureOptions;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.Option;

/**
 * The command line of {@code run.sh --cluster}. Unset numbers take a default that depends on {@code
 * --quick}.
 */
final class ClusterOptions extends FigureOptions {

  @Option(names = "--cluster", required = true, description = "measure three brokers, not one")
  boolean cluster;

  @Option(
      names = "--only",
      split = ",",
      paramLabel = "figure",
      description =
          "measure only these: start, failover, controller, rolling, create, catch-up, idle,"
              + " produce")
  List<FigureName> only = new ArrayList<>();

  @Option(
      names = "--rounds",
      description = "of each figure, each on a fresh cluster of each side (2; quick: 1)")
  Integer rounds;

  @Option(names = "--kills", description = "of each kind in a round (2; quick: 1)")
  Integer kills;

  @Option(names = "--topics", description = "to create, 3 partitions each (1000; quick: 200)")
  Integer topics;

  @Option(
      names = "--missed-gb",
      description = "values that the follower misses, GB (1; quick: 0.2)")
  Double missedGb;

  @Option(names = "--max-gb", description = "values to produce, GB (1; quick: 0.2)")
  Double maxGb;

  @Option(
      names = "--idle",
      description = "seconds to count idle CPU, after half as many to settle (60; quick: 10)")
  Integer idleSeconds;

  @Option(
      names = "--idle-partitions",
      defaultValue = "1000",
      description = "that the idle cluster has, 3 replicas each (1000)")
  int idlePartitions;

  ClusterOptions() {
    super(25);
  }

  int rounds() {
    return choose(rounds, 2, 1);
  }

  int kills() {
    return choose(kills, 2, 1);
  }

  int topics() {
    return choose(topics, 1000, 200);
  }

  long missedBytes() {
    return bytes(missedGb);
  }

  long maxBytes() {
    return bytes(maxGb);
  }

  int idleSeconds() {
    return choose(idleSeconds, 60, 10);
  }

  /** What to measure, in the order in which it is measured. */
  List<FigureName> figures() {
    return chosen(only, FigureName.values());
  }

  private long bytes(Double gigabytes) {
    return (long) (1e9 * (gigabytes != null ? gigabytes : quick ? 0.2 : 1));
  }
}
