package io.ottla.coordinator;

import java.util.function.Supplier;

/** What a state machine may ask of its surroundings. Used on the shard's thread. */
public interface CoordinatorContext {

  /** Milliseconds since 1970, for what is written down. */
  long nowMs();

  /**
   * A timer that runs an operation, made unset.
   *
   * @param operation like a request's operation, but nobody waits for its response
   */
  Deadline deadline(Supplier<? extends CoordinatorResult<?>> operation);
}
