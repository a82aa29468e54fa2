package io.ottla.broker;

import io.ottla.wire.Uuid;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;

/**
 * Where a controller's random choices come from. Used by the controller's thread.
 *
 * @param choices for placing replicas
 * @param ids that nobody else has
 */
record Chance(RandomGenerator choices, Supplier<Uuid> ids) {

  /** The machine's own. */
  static Chance ofMachine() {
    return new Chance(RandomGenerator.of("L64X128MixRandom"), Uuid::random);
  }
}
