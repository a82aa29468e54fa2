package io.ottla.simulation;

import java.util.Random;
import java.util.concurrent.TimeUnit;

/**
 * How slow a machine's disk is. Who writes or forces is held up for as long: a shard by not being
 * turned, others by their work coming later.
 */
public final class Slowness {

  private Random random;
  private int leastMs;
  private int mostMs;
  private int delays;

  /** From now on, what is written or forced takes so long, as the chance of this seed has it. */
  void begin(int least, int most, long seed) {
    random = new Random(seed);
    leastMs = least;
    mostMs = most;
  }

  void end() {
    random = null;
  }

  public boolean isSlow() {
    return random != null;
  }

  /** How long the next piece of work with the disk takes; nothing on one that is not slow. */
  public long nextNs() {
    if (random == null) {
      return 0;
    }
    delays++;
    return TimeUnit.MILLISECONDS.toNanos(leastMs + random.nextInt(mostMs - leastMs + 1));
  }

  /** How often something had to wait. */
  int delays() {
    return delays;
  }
}
