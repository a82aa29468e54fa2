package io.ottla.broker;

import io.ottla.log.cleaner.CleaningAborted;
import io.ottla.log.cleaner.IoBudget;
import io.ottla.replication.ReplicaMoves;
import io.ottla.runtime.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.DoubleSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The threads that move replicas between log directories. They are started when there is something
 * to move for the first time, and wait when there is nothing. None is ever interrupted: that would
 * close files under the feet of others.
 */
final class MoverThreads implements AutoCloseable {

  private static final Logger LOG = LoggerFactory.getLogger(MoverThreads.class);

  private static final long LOOK_AGAIN_NS = TimeUnit.MILLISECONDS.toNanos(50);
  private static final long RATE_AGE_NS = TimeUnit.MILLISECONDS.toNanos(500);
  private static final long END_TIMEOUT_MS = 10_000;

  private final ReplicaMoves moves;
  private final int count;
  private final DoubleSupplier maxBytesPerSecond;
  private final Clock clock;
  private final IoBudget budget = new IoBudget(Double.MAX_VALUE);
  private final List<Thread> threads = new ArrayList<>();
  private long rateReadNs;
  private boolean ended;

  /**
   * @param maxBytesPerSecond as it is at the moment, for all threads together
   */
  MoverThreads(ReplicaMoves moves, int count, DoubleSupplier maxBytesPerSecond, Clock clock) {
    this.moves = moves;
    this.count = count;
    this.maxBytesPerSecond = maxBytesPerSecond;
    this.clock = clock;
    moves.whenAsked(this::wake);
  }

  private synchronized void wake() {
    while (threads.size() < count && !ended) {
      if (threads.isEmpty()) {
        readRate(clock.nowNs());
      }
      Thread thread = new Thread(this::run, "ottla-mover-" + threads.size());
      thread.setDaemon(true);
      threads.add(thread);
      thread.start();
    }
    notifyAll();
  }

  private void run() {
    while (awaitWork()) {
      try {
        while (moves.step(this::spend)) {
          // Once more.
        }
      } catch (CleaningAborted e) {
        return;
      } catch (RuntimeException | OutOfMemoryError e) {
        LOG.error("Moving a replica failed; it is tried again", e);
      }
    }
  }

  /** Returns when there may be something to do; false if there will be nothing any more. */
  private synchronized boolean awaitWork() {
    try {
      if (moves.isIdle() && !ended) {
        wait();
      } else if (!ended) {
        TimeUnit.NANOSECONDS.timedWait(this, LOOK_AGAIN_NS);
      }
    } catch (InterruptedException e) {
      throw new IllegalStateException("mover threads are not interrupted", e);
    }
    return !ended;
  }

  /** Waits as long as the rate wants it, or until this ends. */
  private synchronized void spend(long bytes) {
    long nowNs = clock.nowNs();
    if (nowNs - rateReadNs > RATE_AGE_NS) {
      readRate(nowNs);
    }
    long endNs = nowNs + budget.spend(bytes, nowNs);
    try {
      for (long left = endNs - nowNs; left > 0 && !ended; left = endNs - clock.nowNs()) {
        TimeUnit.NANOSECONDS.timedWait(this, Math.max(left, TimeUnit.MILLISECONDS.toNanos(1)));
      }
    } catch (InterruptedException e) {
      throw new IllegalStateException("mover threads are not interrupted", e);
    }
    if (ended) {
      throw new CleaningAborted("the broker stops");
    }
  }

  private void readRate(long nowNs) {
    rateReadNs = nowNs;
    budget.rate(maxBytesPerSecond.getAsDouble());
  }

  /** Ends the threads after the step they are at; returns when they have. */
  @Override
  public void close() {
    List<Thread> ending;
    synchronized (this) {
      ended = true;
      notifyAll();
      ending = List.copyOf(threads);
    }
    try {
      for (Thread thread : ending) {
        thread.join(END_TIMEOUT_MS);
        if (thread.isAlive()) {
          LOG.warn("{} is still at work and is left behind", thread.getName());
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
