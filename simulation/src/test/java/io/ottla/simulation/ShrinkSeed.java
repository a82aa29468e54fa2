package io.ottla.simulation;

import org.slf4j.LoggerFactory;

/**
 * Finds out what of a red seed it takes to be red: {@code ShrinkSeed SEED}. Ends with 1 if it is,
 * and with 0 if it is green.
 */
public final class ShrinkSeed {

  private ShrinkSeed() {}

  public static void main(String[] arguments) {
    // Whoever logs first makes the loggers, and others would meet them half made.
    var _ = LoggerFactory.getILoggerFactory();
    long seed = Long.parseLong(arguments[0]);
    Shrinker.Shrunk shrunk =
        new Shrinker(seed, less -> new Simulation(seed, less), System.out::println).shrink();
    if (shrunk == null) {
      System.out.println("seed " + seed + " is green");
      return;
    }
    System.out.println(shrunk.simulation().explain(shrunk.failure()));
    System.out.printf(
        "after %d tries this is left: simulation/run.sh%s --seed %d%s%n",
        shrunk.tries(), Mixture.wanted().argument(), seed, shrunk.omissions().arguments());
    System.exit(1);
  }
}
