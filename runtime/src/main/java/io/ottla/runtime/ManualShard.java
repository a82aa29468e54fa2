package io.ottla.runtime;

import java.util.ArrayDeque;
import java.util.Queue;

/**
 * A shard without a thread: whoever holds it turns it. For tests and the simulation; one thread
 * uses it.
 */
public final class ManualShard implements Shard {

  private final int id;
  private final int capacity;
  private final ShardCore core;
  private final Queue<ShardTask> queue = new ArrayDeque<>();

  public ManualShard(int id, int capacity, Clock clock) {
    this.id = id;
    this.capacity = capacity;
    this.core = new ShardCore(clock);
  }

  /** A shard with room for a thousand tasks. */
  public ManualShard(Clock clock) {
    this(0, 1000, clock);
  }

  /**
   * Runs all queued tasks as one batch, then its end; again until nothing is left to do now.
   *
   * @return the number of tasks run
   */
  public int turn() {
    int ran = 0;
    do {
      for (ShardTask task = queue.poll(); task != null; task = queue.poll()) {
        core.run(task);
        ran++;
      }
      core.endBatch(Long.MAX_VALUE);
    } while (!queue.isEmpty());
    return ran;
  }

  /** Monotonic time of the next timer, or {@link Long#MAX_VALUE}. */
  public long nextDeadlineNs() {
    return core.nextDeadlineNs();
  }

  @Override
  public int id() {
    return id;
  }

  @Override
  public boolean offer(ShardTask task) {
    return queue.size() < capacity && queue.add(task);
  }

  @Override
  public void submit(ShardTask task) {
    queue.add(task);
  }

  @Override
  public Timer schedule(long delayMs, ShardTask task) {
    return core.schedule(delayMs, task);
  }

  @Override
  public void atEndOfBatch(ShardTask task) {
    core.atEndOfBatch(task);
  }

  @Override
  public boolean isOnShardThread() {
    return true;
  }

  @Override
  public Clock clock() {
    return core.clock();
  }
}
