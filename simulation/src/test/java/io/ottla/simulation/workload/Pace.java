package io.ottla.simulation.workload;

/**
 * How many operations of a client, and how far apart.
 *
 * @param operations how many
 * @param pauseMs how long it pauses between two of them on average
 */
public record Pace(int operations, int pauseMs) {

  /** A pause, which is not always the same. */
  int nextPauseMs(Surroundings around) {
    return around.chance(2 * pauseMs + 1);
  }
}
