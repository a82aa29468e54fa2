package io.ottla.coordinator;

import java.util.concurrent.Callable;
import java.util.function.BiFunction;
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

  /**
   * Has work done away from the shard's thread, and its outcome handed to an operation. The
   * operation is not run if the state machine has been dropped meanwhile.
   *
   * @param work runs once on another thread; must not touch what the shard owns
   * @param operation takes what the work returned and null, or null and what it threw (or why it
   *     could not be started); never runs before this method has returned
   */
  <T> void offload(
      Callable<T> work, BiFunction<T, Throwable, ? extends CoordinatorResult<?>> operation);
}
