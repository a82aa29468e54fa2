package io.ottla.bench.transactions;

import io.ottla.bench.Background;
import io.ottla.bench.Deadline;
import io.ottla.bench.MeasurementException;
import io.ottla.bench.Produced;
import io.ottla.bench.Usage;
import io.ottla.bench.transactions.CommitTimes.Committed;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * Has loops make transactions, each on a thread of its own, and measures all of them for a time.
 */
final class Loops {

  private static final int OPEN_LIMIT_SECONDS = 60;
  private static final int CLOSE_LIMIT_SECONDS = 60;

  private final String name;
  private final List<? extends Loop> loops;
  private final CountDownLatch opened;
  private final CountDownLatch started = new CountDownLatch(1);
  private final CountDownLatch outOfWork = new CountDownLatch(1);
  private volatile boolean measuring;
  private volatile boolean ending;

  /** What the loops did while they were measured. */
  record Measured(CommitTimes times, Usage usage) {}

  /**
   * @param name of the load, for messages
   * @param loops closed by {@link #measure}
   */
  Loops(String name, List<? extends Loop> loops) {
    this.name = name;
    this.loops = loops;
    this.opened = new CountDownLatch(loops.size());
  }

  /**
   * Returns when all loops have ended. The time measured is shorter if one runs out of work.
   *
   * @throws MeasurementException if a loop fails, or runs out of work before it is measured
   */
  Measured measure(int warmUpSeconds, int seconds, List<Long> brokerPids)
      throws IOException, InterruptedException {
    List<Future<CommitTimes>> running = new ArrayList<>();
    for (Loop loop : loops) {
      running.add(Background.run(name, () -> turn(loop)));
    }
    Usage usage = null;
    try {
      Deadline.in(OPEN_LIMIT_SECONDS, name + ": all loops are ready")
          .await(5, () -> opened.getCount() == 0 || running.stream().anyMatch(Future::isDone));
      if (warmUpSeconds > 0) {
        started.countDown();
      }
      if (!outOfWork.await(warmUpSeconds, TimeUnit.SECONDS)) {
        Usage before = Usage.now(brokerPids);
        measuring = true;
        started.countDown();
        var _ = outOfWork.await(seconds, TimeUnit.SECONDS);
        measuring = false;
        usage = Usage.now(brokerPids).since(before);
      }
    } finally {
      ending = true;
      started.countDown();
    }
    CommitTimes all = new CommitTimes();
    for (Future<CommitTimes> loop : running) {
      all.add(times(loop));
    }
    if (usage == null || all.transactions() == 0) {
      throw new MeasurementException(name + ": the loops had nothing left to do too soon");
    }
    return new Measured(all, usage);
  }

  /** What all loops have committed to a topic; for after they were measured. */
  Produced committed(String topic) {
    return new Produced(
        topic,
        loops.stream().mapToLong(Loop::records).sum(),
        loops.stream().mapToLong(Loop::sumOfNumbers).sum());
  }

  private CommitTimes turn(Loop loop) throws InterruptedException {
    CommitTimes times = new CommitTimes();
    try (loop) {
      loop.open();
      opened.countDown();
      started.await();
      while (!ending) {
        Committed transaction = loop.next();
        if (transaction == null) {
          break;
        }
        if (measuring) {
          times.add(transaction);
        }
      }
    } finally {
      outOfWork.countDown();
    }
    return times;
  }

  private CommitTimes times(Future<CommitTimes> loop) throws InterruptedException {
    try {
      return loop.get(CLOSE_LIMIT_SECONDS, TimeUnit.SECONDS);
    } catch (ExecutionException e) {
      throw new MeasurementException(name + ": a loop failed", e.getCause());
    } catch (TimeoutException e) {
      throw new MeasurementException(name + ": a loop did not end", e);
    }
  }
}
