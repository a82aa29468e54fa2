package io.ottla.simulation;

import io.ottla.wire.ApiKey;
import java.util.Random;
import java.util.concurrent.TimeUnit;

/**
 * Which answers of controllers come late at a machine, or not at all. Each is held for itself, so
 * later ones may come first, as if they had come over other connections.
 */
final class HeldAnswers {

  private Random random;
  private int mostMs;
  private int lostPercent;
  private int held;
  private int lost;

  /** From now on, answers come up to so much later, and so many of a hundred not at all. */
  void hold(int most, int percent, long seed) {
    random = new Random(seed);
    mostMs = most;
    lostPercent = percent;
  }

  void heal() {
    random = null;
  }

  /**
   * How much later an answer comes.
   *
   * @return nanoseconds, negative when it does not come
   */
  long delayNs(ApiKey api, int port) {
    if (random == null || port != SimulatedCluster.CONTROLLER_PORT) {
      return 0;
    }
    if (random.nextInt(100) < lostPercent) {
      lost++;
      return -1;
    }
    // Brokers whose heartbeats are not answered are fenced, which cuts them off and no more.
    if (api == ApiKey.BROKER_HEARTBEAT && random.nextInt(4) > 0) {
      return 0;
    }
    held++;
    return TimeUnit.MILLISECONDS.toNanos(random.nextInt(mostMs));
  }

  /** How many came later. */
  int held() {
    return held;
  }

  /** How many did not come. */
  int lost() {
    return lost;
  }
}
