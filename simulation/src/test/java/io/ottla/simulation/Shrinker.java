package io.ottla.simulation;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Function;

/**
 * Makes a red seed smaller: leaves out one workload or fault after the other, and keeps it out if
 * the seed then violates the same. What remains is not the least there is: a violation that needs
 * messages to come in one order may be missed with less, as less of a history is another history.
 */
public final class Shrinker {

  private static final int MOST_ROUNDS = 4;

  /**
   * What is left.
   *
   * @param omissions what need not happen
   * @param failure what is violated without it
   * @param simulation that history
   * @param tries how many histories that took
   */
  public record Shrunk(Omissions omissions, Throwable failure, Simulation simulation, int tries) {}

  private final long seed;
  private final Function<Omissions, Simulation> simulations;
  private final Consumer<String> progress;
  private Shrunk best;
  private int tries;

  /**
   * @param simulations makes one that leaves something out
   * @param progress told what was tried
   */
  public Shrinker(
      long seed, Function<Omissions, Simulation> simulations, Consumer<String> progress) {
    this.seed = seed;
    this.simulations = simulations;
    this.progress = progress;
  }

  /**
   * Shrinks it.
   *
   * @return null if it is green
   */
  public Shrunk shrink() {
    best = violation(Omissions.NONE);
    if (best == null) {
      return null;
    }
    progress.accept("seed " + seed + " violates: " + kind(best.failure));
    boolean isSmaller = true;
    for (int round = 0; isSmaller && round < MOST_ROUNDS; round++) {
      isSmaller = false;
      for (Omissions less : candidates()) {
        isSmaller |= isStillRed(less);
      }
    }
    return new Shrunk(best.omissions, best.failure, best.simulation, tries);
  }

  /** Each is what was left when it was its turn, and one thing less. */
  private Iterable<Omissions> candidates() {
    List<Function<Omissions, Omissions>> steps = new ArrayList<>();
    for (int number = best.simulation.workloadCount(); number > 0; number--) {
      int its = number;
      steps.add(now -> now.withoutWorkload(its));
    }
    // The last ones first: what comes before them stays as it was.
    List<Integer> faults = new ArrayList<>(best.simulation.numberedFaults().keySet());
    for (int its : faults.reversed()) {
      steps.add(now -> now.withoutFault(its));
    }
    return () ->
        steps.stream()
            .map(step -> step.apply(best.omissions))
            .filter(less -> !less.equals(best.omissions))
            .iterator();
  }

  private boolean isStillRed(Omissions less) {
    Shrunk without = violation(less);
    boolean isSame = without != null && kind(without.failure).equals(kind(best.failure));
    progress.accept(
        (isSame ? "  still so" : without == null ? "  green" : "  something else")
            + less.arguments());
    if (isSame) {
      best = without;
    }
    return isSame;
  }

  private Shrunk violation(Omissions less) {
    tries++;
    Simulation simulation = simulations.apply(less);
    try {
      simulation.run();
      return null;
    } catch (RuntimeException | Error e) {
      return new Shrunk(less, e, simulation, tries);
    }
  }

  /** Its first line without names and numbers that differ from one history to the next. */
  static String kind(Throwable failure) {
    String first = String.valueOf(failure.getMessage()).lines().findFirst().orElse("");
    return failure.getClass().getSimpleName()
        + ": "
        + first
            .replaceAll("\\[[^]]*]|\\{[^}]*}", "[]")
            .replaceAll("\\S*\\d\\S*", "#")
            .replaceAll("#(,? (and )?#)+", "#");
  }
}
