package io.ottla.bench;

import picocli.CommandLine.Option;

/** The command line of run.sh. Unset numbers take a default that depends on {@code --quick}. */
final class Options extends RunOptions {

  @Option(names = "--rounds", description = "of loads, each on both sides (3; quick: 1)")
  Integer rounds;

  @Option(
      names = "--start-ups",
      description = "of each kind on each side, 0 for none (5; quick: 3)")
  Integer startUps;

  @Option(names = "--seconds", description = "longest produce of one load (60; quick: 20)")
  Integer seconds;

  @Option(names = "--max-gb", description = "values in one load, GB (2; quick: 0.3)")
  Double maxGb;

  @Option(names = "--rate", defaultValue = "2000", description = "open loop, records/s (2000)")
  int rate;

  @Option(
      names = "--latency-seconds",
      description = "open loop, 0 for none (60; quick: 8); the first fifth is not measured")
  Integer latencySeconds;

  @Option(names = "--idle", description = "seconds to settle and to count idle CPU (10; quick: 5)")
  Integer idleSeconds;

  @Option(names = "--no-bulk", description = "leave out produce and consume")
  boolean noBulk;

  int rounds() {
    return choose(rounds, 3, 1);
  }

  int startUps() {
    return choose(startUps, 5, 3);
  }

  int seconds() {
    return choose(seconds, 60, 20);
  }

  long maxBytes() {
    return (long) (1e9 * (maxGb != null ? maxGb : quick ? 0.3 : 2));
  }

  int latencySeconds() {
    return choose(latencySeconds, 60, 8);
  }

  int idleSeconds() {
    return choose(idleSeconds, 10, 5);
  }
}
