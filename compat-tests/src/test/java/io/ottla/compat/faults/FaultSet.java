package io.ottla.compat.faults;

import java.time.Duration;
import java.util.Locale;

/**
 * How much of the fault suite is run; each set has the cells of those before it, and gives them
 * more time. Chosen by the system property {@code faults.set}.
 */
public enum FaultSet {
  /** With every build: the shortest form of a few cells. */
  SHORT(Duration.ofMinutes(4)),
  /** With every change: twelve minutes on two cores. */
  CHANGE(Duration.ofMinutes(6)),
  /** Every night: about an hour and a half. */
  NIGHTLY(Duration.ofMinutes(25));

  /** The set of this run. */
  public static final FaultSet CHOSEN =
      valueOf(System.getProperty("faults.set", "short").toUpperCase(Locale.ROOT));

  /** How long and how often: as in this set, unless {@code faults.pace} names another one. */
  static final FaultSet PACE =
      valueOf(System.getProperty("faults.pace", CHOSEN.name()).toUpperCase(Locale.ROOT));

  private final Duration cellLimit;

  FaultSet(Duration cellLimit) {
    this.cellLimit = cellLimit;
  }

  /** What a cell may take before it counts as stuck. */
  Duration cellLimit() {
    return cellLimit;
  }

  /** Whether a cell that this set is the first to have is in the chosen one. */
  boolean isIn(FaultSet chosen) {
    return compareTo(chosen) <= 0;
  }

  /** The value for this set. */
  int of(int ifShort, int ifChange, int ifNightly) {
    return switch (this) {
      case SHORT -> ifShort;
      case CHANGE -> ifChange;
      case NIGHTLY -> ifNightly;
    };
  }
}
