package io.ottla.compat.cluster;

import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.ReentrantLock;

/**
 * The way from one node to another, in one direction. While it is cut nothing gets through, and
 * what was sent is held, as a network that is down holds what TCP has not yet had confirmed. Any
 * thread may use it.
 */
final class Link {
  private final Lock lock = new ReentrantLock();
  private final Condition mended = lock.newCondition();
  private final AtomicLong held = new AtomicLong();
  private final AtomicLong delayed = new AtomicLong();
  private volatile boolean cut;
  private volatile int delayMs;

  /** Lets nothing through from now on. */
  void cut() {
    cut = true;
  }

  /** Lets everything through again, what was held first. */
  void mend() {
    lock.lock();
    try {
      cut = false;
      mended.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /** From now on everything takes so long, one piece of at most 64 KB after the other. */
  void slowDown(int milliseconds) {
    delayMs = milliseconds;
  }

  /** How often something took longer. */
  long delayed() {
    return delayed.get();
  }

  boolean isCut() {
    return cut;
  }

  /** How often something had to wait: the proof that a cut was felt. */
  long held() {
    return held.get();
  }

  /** Returns when the way is free. */
  void pass() throws InterruptedException {
    int slowness = delayMs;
    if (slowness > 0) {
      Thread.sleep(slowness);
      delayed.incrementAndGet();
    }
    if (!cut) {
      return;
    }
    held.incrementAndGet();
    lock.lock();
    try {
      while (cut) {
        mended.await();
      }
    } finally {
      lock.unlock();
    }
  }
}
