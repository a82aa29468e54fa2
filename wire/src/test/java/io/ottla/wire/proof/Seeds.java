package io.ottla.wire.proof;

import java.util.concurrent.ThreadLocalRandom;

/** Seeds of random tests. A failing test prints its seed; -Dseed=... runs all with that one. */
final class Seeds {

  private static final Long FIXED = Long.getLong("seed");

  private Seeds() {}

  static long next() {
    return FIXED != null ? FIXED : ThreadLocalRandom.current().nextLong();
  }
}
