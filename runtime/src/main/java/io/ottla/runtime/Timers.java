package io.ottla.runtime;

import java.util.PriorityQueue;
import java.util.function.Consumer;

/**
 * The deadlines of one shard, earliest first; equal deadlines run in the order they were set.
 * Cancelled timers stay in the queue until their deadline, or until they outnumber the live ones.
 *
 * <p>Owned by the shard's thread.
 */
final class Timers {

  private static final int COMPACT_ABOVE = 64;

  private final long originNs;
  private PriorityQueue<Entry> queue = new PriorityQueue<>();
  private long nextSequence;
  private int cancelled;

  Timers(long originNs) {
    this.originNs = originNs;
  }

  Timer schedule(long deadlineNs, ShardTask task) {
    // Times are kept relative to an origin so that comparing them cannot overflow.
    Entry entry = new Entry(deadlineNs - originNs, nextSequence++, task);
    queue.add(entry);
    return entry;
  }

  long nextDeadlineNs() {
    for (Entry head = queue.peek(); head != null; head = queue.peek()) {
      if (head.task != null) {
        return head.deadline + originNs;
      }
      queue.poll();
      cancelled--;
    }
    return Long.MAX_VALUE;
  }

  void runDue(long nowNs, Consumer<ShardTask> runner) {
    long now = nowNs - originNs;
    for (Entry head = queue.peek(); head != null && head.deadline <= now; head = queue.peek()) {
      queue.poll();
      ShardTask task = head.task;
      if (task == null) {
        cancelled--;
      } else {
        head.task = null;
        head.queued = false;
        runner.accept(task);
      }
    }
  }

  int size() {
    return queue.size();
  }

  private void onCancelled() {
    cancelled++;
    if (cancelled > COMPACT_ABOVE && cancelled > queue.size() / 2) {
      PriorityQueue<Entry> live = new PriorityQueue<>();
      for (Entry entry : queue) {
        if (entry.task != null) {
          live.add(entry);
        }
      }
      queue = live;
      cancelled = 0;
    }
  }

  private final class Entry implements Timer, Comparable<Entry> {

    final long deadline;
    final long sequence;
    ShardTask task;
    boolean queued = true;

    Entry(long deadline, long sequence, ShardTask task) {
      this.deadline = deadline;
      this.sequence = sequence;
      this.task = task;
    }

    @Override
    public void cancel() {
      if (queued && task != null) {
        task = null;
        onCancelled();
      }
    }

    @Override
    public int compareTo(Entry other) {
      int byDeadline = Long.compare(deadline, other.deadline);
      return byDeadline != 0 ? byDeadline : Long.compare(sequence, other.sequence);
    }
  }
}
