package io.ottla.broker.net;

import java.util.ArrayDeque;
import java.util.Queue;
import java.util.concurrent.Executor;

/**
 * Bounds the bytes of requests that are being read or served ({@code queued.max.request.bytes}). A
 * request is admitted before its body is read; when nothing is free its connection waits, unread.
 *
 * <p>The last request admitted may overshoot the bound by its own size, so that one larger than the
 * bound still gets through. Thread-safe; waiters are woken on their own executor, oldest first.
 */
public final class RequestMemory {

  private final long limitBytes;
  private final Queue<Waiter> waiters = new ArrayDeque<>();
  private long usedBytes;

  /**
   * @param limitBytes the bound; zero or less for none
   */
  public RequestMemory(long limitBytes) {
    this.limitBytes = limitBytes <= 0 ? Long.MAX_VALUE : limitBytes;
  }

  /** Takes the bytes if any are free. */
  synchronized boolean tryAdmit(int bytes) {
    if (usedBytes >= limitBytes) {
      return false;
    }
    usedBytes += bytes;
    return true;
  }

  /**
   * Takes the bytes if any are free; else the waiter is run once, when it is worth trying again.
   */
  synchronized boolean admitOrWait(int bytes, Executor executor, Runnable whenFree) {
    if (tryAdmit(bytes)) {
      return true;
    }
    waiters.add(new Waiter(executor, whenFree));
    return false;
  }

  void release(int bytes) {
    Waiter next;
    synchronized (this) {
      usedBytes -= bytes;
      next = usedBytes < limitBytes ? waiters.poll() : null;
    }
    if (next != null) {
      next.executor.execute(next.whenFree);
    }
  }

  /** Wakes the next waiter, after one was woken that no longer needs memory. */
  void passOn() {
    release(0);
  }

  public synchronized long usedBytes() {
    return usedBytes;
  }

  /** Whether connections wait for memory now. */
  synchronized boolean isContended() {
    return !waiters.isEmpty();
  }

  private record Waiter(Executor executor, Runnable whenFree) {}
}
