package io.ottla.runtime;

/**
 * One owner thread and the queue that feeds it. Everything a shard owns (partitions, their logs and
 * coordinators) is touched by its thread alone, so none of it needs a lock.
 *
 * <p>Tasks run in the order they were accepted. After the last task of each batch the shard runs
 * what was registered with {@link #atEndOfBatch}: the moment to move watermarks, wake waiters and
 * answer. A task that throws is logged and does not stop the shard.
 */
public interface Shard {

  /** Number of this shard, from 0. */
  int id();

  /**
   * Hands over work that a client caused. From any thread.
   *
   * @return false if the queue is full: the caller stops reading from its peer and tries later
   */
  boolean offer(ShardTask task);

  /**
   * Hands over work of the broker's own: a forced offset, a new image, a finished cleaning. Always
   * accepted and never blocks, so its amount must be bounded by the caller's design. From any
   * thread, the shard's own included (the task then runs later, not now).
   */
  void submit(ShardTask task);

  /** Runs a task once after a delay. On the shard's thread only. */
  Timer schedule(long delayMs, ShardTask task);

  /**
   * Registers work for the end of the current batch of tasks. On the shard's thread only; who
   * registers twice runs twice.
   */
  void atEndOfBatch(ShardTask task);

  boolean isOnShardThread();

  Clock clock();
}
