package io.ottla.broker;

import io.ottla.broker.config.CleanerConfig;
import io.ottla.log.CleanerMemory;
import io.ottla.log.cleaner.CleaningAborted;
import io.ottla.log.cleaner.IoBudget;
import io.ottla.replication.LogCompaction;
import io.ottla.runtime.Clock;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The threads that compact logs, as many as {@code log.cleaner.threads} says at the moment. The
 * first one starts the others; one that is too many ends. None is ever interrupted: that would
 * close files under the feet of others.
 */
final class CleanerThreads implements AutoCloseable {

  private static final Logger LOG = LoggerFactory.getLogger(CleanerThreads.class);

  private static final long END_TIMEOUT_MS = 10_000;

  private final LogCompaction compaction;
  private final Supplier<CleanerConfig> config;
  private final Clock clock;
  private final IoBudget budget = new IoBudget(Double.MAX_VALUE);
  private final SecureRandom seeds = new SecureRandom();
  private final List<Thread> threads = new ArrayList<>();
  private boolean ended;

  /**
   * @param config as it is at the moment
   */
  CleanerThreads(LogCompaction compaction, Supplier<CleanerConfig> config, Clock clock) {
    this.compaction = compaction;
    this.config = config;
    this.clock = clock;
  }

  void start() {
    adjust(1);
  }

  private synchronized void adjust(int wanted) {
    for (int i = 0; i < wanted && !ended; i++) {
      if (i == threads.size()) {
        threads.add(null);
      }
      if (threads.get(i) == null || !threads.get(i).isAlive()) {
        int index = i;
        Thread thread = new Thread(() -> run(index), "ottla-cleaner-" + i);
        thread.setDaemon(true);
        threads.set(i, thread);
        thread.start();
      }
    }
  }

  private void run(int index) {
    while (!hasEnded()) {
      CleanerConfig now = config.get();
      if (index >= now.threads()) {
        return;
      }
      if (index == 0) {
        budget.rate(now.maxBytesPerSecond());
        adjust(now.threads());
      }
      boolean cleaned = false;
      try {
        cleaned = compaction.cleanDirtiest(memory(now), this::spend);
      } catch (RuntimeException e) {
        LOG.error("Looking for a log to compact failed; it is tried again", e);
      }
      if (!cleaned) {
        pause(TimeUnit.MILLISECONDS.toNanos(now.backoffMs()));
      }
    }
  }

  private CleanerMemory memory(CleanerConfig now) {
    return new CleanerMemory(
        now.keyBytes(),
        now.keyLoadFactor(),
        now.ioBytes(),
        now.ioBytes(),
        TopicSettingsFactory.DECOMPRESSION,
        seeds.nextLong());
  }

  private void spend(long bytes) {
    pause(budget.spend(bytes, clock.nowNs()));
    if (hasEnded()) {
      throw new CleaningAborted("the broker stops");
    }
  }

  private synchronized boolean hasEnded() {
    return ended;
  }

  /** Returns after a time, or when this ends. */
  private synchronized void pause(long ns) {
    long endNs = clock.nowNs() + ns;
    try {
      for (long left = ns; left > 0 && !ended; left = endNs - clock.nowNs()) {
        TimeUnit.NANOSECONDS.timedWait(this, Math.max(left, 1_000_000));
      }
    } catch (InterruptedException e) {
      throw new IllegalStateException("cleaner threads are not interrupted", e);
    }
  }

  /** Ends the threads at the next batch they come to; returns when they have. */
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
