package io.ottla.coordinator.transaction;

import io.ottla.coordinator.CoordinatorContext;
import io.ottla.coordinator.CoordinatorException;
import io.ottla.coordinator.CoordinatorResult;
import io.ottla.coordinator.Deadline;
import io.ottla.coordinator.Reply;
import io.ottla.wire.ErrorCode;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * Requests that come while a transaction is half finished. Kafka sends their producers away with
 * CONCURRENT_TRANSACTIONS, to come back after a pause; here they wait for a moment first, which is
 * mostly all it takes.
 *
 * <p>Owned by the shard's thread.
 */
final class Waits {

  /**
   * An operation that may have to wait.
   *
   * @param <R> the response
   */
  interface Attempt<R> {

    /**
     * Decides.
     *
     * @throws CoordinatorException with CONCURRENT_TRANSACTIONS if it has to wait
     */
    CoordinatorResult<R> run();
  }

  private final CoordinatorContext context;
  private final int waitMs;
  private final Set<Reply<?>> waiting = new LinkedHashSet<>();

  Waits(CoordinatorContext context, int waitMs) {
    this.context = context;
    this.waitMs = waitMs;
  }

  /** Answers when the transaction of the entry is complete, or has taken too long. */
  <R> CoordinatorResult<R> until(TransactionEntry entry, Reply<R> reply, Attempt<R> attempt) {
    Deadline deadline =
        context.deadline(
            reply,
            () -> {
              waiting.remove(reply);
              entry.forget(reply);
              return attempt.run();
            });
    deadline.set(waitMs);
    waiting.add(reply);
    entry.whenComplete(reply, () -> deadline.set(0));
    return CoordinatorResult.nothing();
  }

  void unload(ErrorCode error) {
    List<Reply<?>> all = new ArrayList<>(waiting);
    waiting.clear();
    all.forEach(reply -> reply.fail(error));
  }
}
