package io.ottla.runtime;

import com.lmax.disruptor.AlertException;
import com.lmax.disruptor.Sequence;
import com.lmax.disruptor.SequenceBarrier;
import com.lmax.disruptor.TimeoutException;
import com.lmax.disruptor.WaitStrategy;
import java.util.concurrent.locks.LockSupport;

/**
 * Lets a shard's thread sleep until an event comes or its next timer is due, whichever is first. An
 * idle shard costs nothing, and publishing to a busy one costs one volatile read.
 *
 * <p>One consumer only: the thread that waits is the thread that is woken.
 */
final class DeadlineWaitStrategy implements WaitStrategy {

  /** Turns to look again before parking: a hand-off to a thread that just ran dry is common. */
  private final int spins;

  private final Clock clock;
  private final ShardCore core;

  /** The consumer while it is parked or about to park; null while it runs. */
  private volatile Thread parked;

  DeadlineWaitStrategy(Clock clock, ShardCore core, int spins) {
    this.clock = clock;
    this.core = core;
    this.spins = spins;
  }

  @Override
  public long waitFor(
      long sequence, Sequence cursor, Sequence dependentSequence, SequenceBarrier barrier)
      throws AlertException, TimeoutException {
    long available = dependentSequence.get();
    for (int i = 0; available < sequence && i < spins; i++) {
      barrier.checkAlert();
      Thread.onSpinWait();
      available = dependentSequence.get();
    }
    while (available < sequence) {
      barrier.checkAlert();
      long deadlineNs = core.nextDeadlineNs();
      parked = Thread.currentThread();
      // Look once more after announcing the nap: a publisher that did not see the announcement
      // has published before this read.
      available = dependentSequence.get();
      if (available >= sequence || core.hasOverflow()) {
        parked = null;
      } else if (deadlineNs == Long.MAX_VALUE) {
        LockSupport.park(this);
        parked = null;
      } else {
        long waitNs = deadlineNs - clock.nowNs();
        if (waitNs > 0) {
          LockSupport.parkNanos(this, waitNs);
        }
        parked = null;
        if (clock.nowNs() - deadlineNs >= 0 && dependentSequence.get() < sequence) {
          throw TimeoutException.INSTANCE;
        }
      }
      if (core.hasOverflow() && dependentSequence.get() < sequence) {
        throw TimeoutException.INSTANCE;
      }
      available = dependentSequence.get();
    }
    return available;
  }

  @Override
  public void signalAllWhenBlocking() {
    Thread sleeper = parked;
    if (sleeper != null) {
      LockSupport.unpark(sleeper);
    }
  }
}
