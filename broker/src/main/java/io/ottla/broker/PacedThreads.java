package io.ottla.broker;

import io.ottla.log.cleaner.CleaningAborted;
import io.ottla.log.cleaner.IoBudget;
import io.ottla.runtime.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Threads for work in the background, as many as it wants at the moment: the first one starts the
 * others, one that is too many ends. None is ever interrupted: that would close files under the
 * feet of others.
 */
final class PacedThreads implements NodeThreads.Background {

  private static final Logger LOG = LoggerFactory.getLogger(PacedThreads.class);

  private static final long RATE_AGE_NS = TimeUnit.MILLISECONDS.toNanos(500);
  private static final long SHORTEST_WAIT_NS = TimeUnit.MILLISECONDS.toNanos(1);
  private static final long AFTER_FAILURE_NS = TimeUnit.SECONDS.toNanos(1);
  private static final long END_TIMEOUT_MS = 10_000;

  private final String name;
  private final PacedWork work;
  private final Clock clock;
  private final IoBudget budget = new IoBudget(Double.MAX_VALUE);

  // Guarded by this.
  private final List<Thread> threads = new ArrayList<>();
  private long rateReadNs;
  private int wanted = 1;
  private long woken;
  private boolean ended;

  PacedThreads(String name, PacedWork work, Clock clock) {
    this.name = name;
    this.work = work;
    this.clock = clock;
    // The rate is read with the first bytes.
    this.rateReadNs = clock.nowNs() - RATE_AGE_NS - 1;
  }

  @Override
  public synchronized void wake() {
    woken++;
    adjust(wanted);
    notifyAll();
  }

  private synchronized void adjust(int count) {
    wanted = Math.max(1, count);
    for (int i = 0; i < wanted && !ended; i++) {
      if (i == threads.size()) {
        threads.add(null);
      }
      if (threads.get(i) == null || !threads.get(i).isAlive()) {
        int index = i;
        Thread thread = new Thread(() -> run(index), name + "-" + i);
        thread.setDaemon(true);
        threads.set(i, thread);
        thread.start();
      }
    }
  }

  private void run(int index) {
    for (long seen = timesWoken(); seen >= 0; seen = timesWoken()) {
      if (!isWanted(index)) {
        return;
      }
      awaitNext(step(index), seen);
    }
  }

  private synchronized boolean isWanted(int index) {
    return index < wanted;
  }

  private long step(int index) {
    try {
      if (index == 0) {
        adjust(work.threads());
      }
      return work.step(this::spend);
    } catch (CleaningAborted e) {
      return 0;
    } catch (RuntimeException | OutOfMemoryError e) {
      LOG.error("{} failed; it is tried again", name, e);
      return AFTER_FAILURE_NS;
    }
  }

  /** -1 when this has ended. */
  private synchronized long timesWoken() {
    return ended ? -1 : woken;
  }

  /** Waits after a step, which began when there had been so many wakes. */
  private synchronized void awaitNext(long pauseNs, long seen) {
    if (pauseNs == PacedWork.UNTIL_WOKEN) {
      while (woken == seen && !ended) {
        await(Long.MAX_VALUE);
      }
    } else {
      pause(pauseNs);
    }
  }

  /** Waits as long as the rate wants it, or until this ends. */
  private synchronized void spend(long bytes) {
    long nowNs = clock.nowNs();
    if (nowNs - rateReadNs > RATE_AGE_NS) {
      readRate(nowNs);
    }
    pause(budget.spend(bytes, nowNs));
    if (ended) {
      throw new CleaningAborted("the broker stops");
    }
  }

  private void readRate(long nowNs) {
    rateReadNs = nowNs;
    budget.rate(work.maxBytesPerSecond());
  }

  private synchronized void pause(long ns) {
    long endNs = clock.nowNs() + ns;
    for (long left = ns; left > 0 && !ended; left = endNs - clock.nowNs()) {
      await(Math.max(left, SHORTEST_WAIT_NS));
    }
  }

  private synchronized void await(long ns) {
    try {
      TimeUnit.NANOSECONDS.timedWait(this, ns);
    } catch (InterruptedException e) {
      throw new IllegalStateException(name + " is not interrupted", e);
    }
  }

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
