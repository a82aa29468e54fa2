package io.ottla.runtime;

import java.util.ArrayList;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What a shard does on its thread, whoever turns it: run a task, run what is due, end a batch.
 *
 * <p>Owned by the shard's thread, but for {@link #overflow}, which any thread may add to.
 */
final class ShardCore {

  private static final Logger LOG = LoggerFactory.getLogger(ShardCore.class);

  private final Clock clock;
  private final Timers timers;

  /** Internal work that came while the ring was full, each behind what the ring held then. */
  private final Queue<Overflow> overflow = new ConcurrentLinkedQueue<>();

  private ArrayList<ShardTask> endOfBatch = new ArrayList<>();
  private ArrayList<ShardTask> spare = new ArrayList<>();

  ShardCore(Clock clock) {
    this.clock = clock;
    this.timers = new Timers(clock.nowNs());
  }

  Clock clock() {
    return clock;
  }

  void run(ShardTask task) {
    try {
      task.run();
    } catch (Throwable t) {
      // One partition's failure must not stop its neighbours; whoever owns the task answers its
      // waiters before it throws.
      LOG.error("A task on this shard failed; its caller may have to retry", t);
    }
  }

  /** From any thread: work to be done once the ring has been emptied up to a sequence. */
  void addOverflow(long afterSequence, ShardTask task) {
    overflow.add(new Overflow(afterSequence, task));
  }

  boolean hasOverflow() {
    return !overflow.isEmpty();
  }

  Timer schedule(long delayMs, ShardTask task) {
    return timers.schedule(
        clock.nowNs() + TimeUnit.MILLISECONDS.toNanos(Math.max(0, delayMs)), task);
  }

  void atEndOfBatch(ShardTask task) {
    endOfBatch.add(task);
  }

  /**
   * Runs overflowed work whose turn it is, due timers and then all end-of-batch work, until none is
   * left.
   *
   * @param sequence the ring's tasks up to here have run
   */
  void endBatch(long sequence) {
    for (Overflow head = overflow.peek();
        head != null && head.afterSequence <= sequence;
        head = overflow.peek()) {
      overflow.poll();
      run(head.task);
    }
    timers.runDue(clock.nowNs(), this::run);
    while (!endOfBatch.isEmpty()) {
      ArrayList<ShardTask> now = endOfBatch;
      endOfBatch = spare;
      for (int i = 0; i < now.size(); i++) {
        run(now.get(i));
      }
      now.clear();
      spare = now;
    }
  }

  private record Overflow(long afterSequence, ShardTask task) {}

  /** Monotonic time of the next timer, or {@link Long#MAX_VALUE}. */
  long nextDeadlineNs() {
    return timers.nextDeadlineNs();
  }
}
