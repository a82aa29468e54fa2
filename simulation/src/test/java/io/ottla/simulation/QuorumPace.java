package io.ottla.simulation;

import java.util.Random;
import java.util.concurrent.TimeUnit;

/**
 * How fast a {@link SimulatedQuorum} is, and how often it does what is rare with a real one. Times
 * are milliseconds of the timeline.
 *
 * @param heartbeatMs how often a leader is heard of
 * @param electionMinMs a voter that hears no leader for so long looks for another
 * @param electionMaxMs or for so long: each voter chooses anew each time
 * @param stepDownMs a leader that hears no majority for so long resigns
 * @param usualDelayMs the most that a message or a flush takes most of the time
 * @param longDelayMs the most that it takes one time in a hundred
 * @param applyLagMs the most that a voter's applying is behind, one time in a hundred
 * @param snapshotEvery the most entries between two snapshots of a voter; at least a quarter of it
 * @param overloaded the share of commands refused for too much work
 * @param unknown the share of commands of whose outcome nothing is heard
 */
public record QuorumPace(
    int heartbeatMs,
    int electionMinMs,
    int electionMaxMs,
    int stepDownMs,
    double usualDelayMs,
    double longDelayMs,
    double applyLagMs,
    int snapshotEvery,
    double overloaded,
    double unknown) {

  /** As the real one is set up, on a network and disks that are quick most of the time. */
  public static final QuorumPace USUAL =
      new QuorumPace(150, 500, 1_000, 2_000, 1, 50, 300, 200, 0.002, 0.002);

  /** Nothing rare happens but what others cause. */
  public static final QuorumPace SMOOTH =
      new QuorumPace(150, 500, 1_000, 2_000, 1, 1, 1, 200, 0, 0);

  public QuorumPace withSnapshotEvery(int entries) {
    return new QuorumPace(
        heartbeatMs,
        electionMinMs,
        electionMaxMs,
        stepDownMs,
        usualDelayMs,
        longDelayMs,
        applyLagMs,
        entries,
        overloaded,
        unknown);
  }

  /** The same with other shares of commands refused, and of outcomes not heard of. */
  public QuorumPace withFailures(double refused, double unheard) {
    return new QuorumPace(
        heartbeatMs,
        electionMinMs,
        electionMaxMs,
        stepDownMs,
        usualDelayMs,
        longDelayMs,
        applyLagMs,
        snapshotEvery,
        refused,
        unheard);
  }

  long delayNs(Random random) {
    return chosenNs(random, random.nextInt(100) == 0 ? longDelayMs : usualDelayMs);
  }

  long applyLagNs(Random random) {
    return chosenNs(random, random.nextInt(100) == 0 ? applyLagMs : usualDelayMs);
  }

  long electionNs(Random random, boolean alone) {
    int min = alone ? electionMinMs / 25 : electionMinMs;
    int max = alone ? electionMaxMs / 15 : electionMaxMs;
    return TimeUnit.MILLISECONDS.toNanos(min) + chosenNs(random, max - min);
  }

  int snapshotGap(Random random) {
    return snapshotEvery / 4 + random.nextInt(Math.max(1, snapshotEvery * 3 / 4)) + 1;
  }

  private static long chosenNs(Random random, double maxMs) {
    return (long) (random.nextDouble() * maxMs * 1_000_000);
  }
}
