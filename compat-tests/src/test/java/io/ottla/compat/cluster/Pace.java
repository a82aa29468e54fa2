package io.ottla.compat.cluster;

import java.time.Duration;

/**
 * How long faults last and how often they are repeated: briefly with every build, longer with the
 * profile {@code faults}, which sets the system property {@code compat.faults} to {@code long}.
 */
public final class Pace {
  private static final boolean LONG = "long".equals(System.getProperty("compat.faults"));

  private Pace() {}

  /** So many rounds. */
  public static int rounds(int brief, int ifLong) {
    return LONG ? ifLong : brief;
  }

  /** So many seconds. */
  public static Duration seconds(int brief, int ifLong) {
    return Duration.ofSeconds(LONG ? ifLong : brief);
  }

  /** Whether there is time for what the brief tests leave out. */
  public static boolean isLong() {
    return LONG;
  }
}
