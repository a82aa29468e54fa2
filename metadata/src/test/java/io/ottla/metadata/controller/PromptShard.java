package io.ottla.metadata.controller;

import io.ottla.runtime.Clock;
import io.ottla.runtime.ManualClock;
import io.ottla.runtime.ManualShard;
import io.ottla.runtime.Shard;
import io.ottla.runtime.ShardTask;
import io.ottla.runtime.Timer;

/** A shard that runs what it is given at once, also from inside of another task. */
final class PromptShard implements Shard {

  private final ManualClock clock = new ManualClock(1_700_000_000_000L);
  private final ManualShard shard = new ManualShard(clock);

  /** Lets time pass, and runs what is due meanwhile. */
  void passMs(long ms) {
    for (long left = ms; left > 0; left -= Math.min(left, 100)) {
      clock.advanceMs(Math.min(left, 100));
      shard.turn();
    }
  }

  /** Lets time pass at once, as if the process had been stopped meanwhile. */
  void sleepMs(long ms) {
    clock.advanceMs(ms);
    shard.turn();
  }

  @Override
  public int id() {
    return shard.id();
  }

  @Override
  public boolean offer(ShardTask task) {
    boolean accepted = shard.offer(task);
    shard.turn();
    return accepted;
  }

  @Override
  public void submit(ShardTask task) {
    shard.submit(task);
    shard.turn();
  }

  @Override
  public Timer schedule(long delayMs, ShardTask task) {
    return shard.schedule(delayMs, task);
  }

  @Override
  public void atEndOfBatch(ShardTask task) {
    shard.atEndOfBatch(task);
  }

  @Override
  public boolean isOnShardThread() {
    return true;
  }

  @Override
  public Clock clock() {
    return clock;
  }
}
