package io.ottla.simulation;

import io.ottla.runtime.Clock;
import io.ottla.runtime.ManualShard;
import io.ottla.runtime.Shard;
import io.ottla.runtime.ShardTask;
import io.ottla.runtime.Timer;
import java.util.function.LongSupplier;

/** A shard that the timeline turns when it has something to do. */
public final class SimulatedShard implements Shard {

  private final SimulatedProcess process;
  private final NodeClock clock;
  private final ManualShard shard;
  private final String what;
  private final LongSupplier diskSteps;
  private boolean turnComing;

  /** Until when it waits for the disk. */
  private long busyUntilNs;

  private Timeline.Event alarm;
  private long alarmNs = Long.MAX_VALUE;

  /**
   * @param diskSteps how often something has been written to the disk
   */
  public SimulatedShard(
      SimulatedProcess process, int id, int capacity, NodeClock clock, LongSupplier diskSteps) {
    this.diskSteps = diskSteps;
    this.process = process;
    this.clock = clock;
    this.shard = new ManualShard(id, capacity, clock);
    this.what = process + " shard " + id;
  }

  private void wake() {
    if (!turnComing) {
      turnComing = true;
      process.soon(what, this::turn);
    }
  }

  private void turn() {
    long nowNs = process.timeline().nowNs();
    if (nowNs < busyUntilNs) {
      turnComing = true;
      process.afterNs(busyUntilNs - nowNs, what, this::turn);
      return;
    }
    turnComing = false;
    long steps = diskSteps.getAsLong();
    shard.turn();
    if (process.disk().isSlow() && diskSteps.getAsLong() > steps) {
      busyUntilNs = nowNs + process.disk().nextNs();
    }
    setAlarm();
  }

  private void setAlarm() {
    long next = shard.nextDeadlineNs();
    if (next == alarmNs) {
      return;
    }
    if (alarm != null) {
      alarm.cancel();
    }
    alarmNs = next;
    alarm =
        next == Long.MAX_VALUE
            ? null
            : process.afterNs(
                clock.untilNs(next),
                what,
                () -> {
                  alarmNs = Long.MAX_VALUE;
                  turn();
                });
  }

  @Override
  public int id() {
    return shard.id();
  }

  @Override
  public boolean offer(ShardTask task) {
    boolean accepted = shard.offer(task);
    if (accepted) {
      wake();
    }
    return accepted;
  }

  @Override
  public void submit(ShardTask task) {
    shard.submit(task);
    wake();
  }

  @Override
  public Timer schedule(long delayMs, ShardTask task) {
    Timer timer = shard.schedule(delayMs, task);
    wake();
    return timer;
  }

  @Override
  public void atEndOfBatch(ShardTask task) {
    shard.atEndOfBatch(task);
    wake();
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
