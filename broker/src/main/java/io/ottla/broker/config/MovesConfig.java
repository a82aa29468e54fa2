package io.ottla.broker.config;

import io.ottla.metadata.config.ConfigValues;

/** What moving replicas between log directories may take of this broker (KIP-113). */
public final class MovesConfig {

  static final String RATE = "replica.alter.log.dirs.io.max.bytes.per.second";

  private static final String THREADS = "num.replica.alter.log.dirs.threads";

  private MovesConfig() {}

  /**
   * How many threads move replicas.
   *
   * @param directories as many if the configuration does not say
   */
  public static int threads(ConfigValues values, int directories) {
    return values.isSet(THREADS) ? Math.max(1, values.intValue(THREADS)) : directories;
  }

  /** What all of them together copy; may be changed while the broker runs. */
  public static double maxBytesPerSecond(ConfigValues values) {
    return values.longValue(RATE);
  }
}
