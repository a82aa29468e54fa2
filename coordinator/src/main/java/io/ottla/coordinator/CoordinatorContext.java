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

  /**
   * A timer that runs an operation for a request whose reply was kept, made unset. The operation
   * answers it, as it would have at once.
   */
  <R> Deadline deadline(Reply<R> reply, Supplier<CoordinatorResult<R>> operation);

  /**
   * Runs the action once everything that was appended so far is below the high watermark, on the
   * shard's thread; at once if it is. Never, if the state machine is dropped before.
   */
  void whenCommitted(Runnable action);
}
