package io.ottla.coordinator;

/**
 * Work on a coordinator's state machine, run on the shard's thread. It reads state, decides, and
 * changes nothing that replay changes.
 *
 * @param <S> the state machine
 * @param <R> the response
 */
@FunctionalInterface
public interface Operation<S extends CoordinatorShard, R> {

  /**
   * Decides.
   *
   * @param reply to be kept if the answer comes later; the result then has no response
   * @throws CoordinatorException to refuse, before anything was changed
   */
  CoordinatorResult<R> run(S machine, Reply<R> reply);
}
