package io.ottla.broker;

import io.ottla.wire.Uuid;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;

/**
 * Where what a node leaves to chance comes from.
 *
 * @param choices for placing replicas; used by the controller's thread
 * @param ids that nobody else has, and nobody can guess; any thread
 */
record Chance(RandomGenerator choices, Supplier<Uuid> ids) {

  /** The machine's own. */
  static Chance ofMachine() {
    return new Chance(RandomGenerator.of("L64X128MixRandom"), Uuid::random);
  }
}
