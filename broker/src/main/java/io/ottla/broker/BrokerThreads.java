package io.ottla.broker;

import io.ottla.broker.config.ShardConfig;
import io.ottla.runtime.Clock;
import io.ottla.runtime.RingShard;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * All threads of a broker but the network's and the metadata log's own. Made and ended by the
 * broker's main thread.
 */
final class BrokerThreads implements NodeThreads {

  private static final Logger LOG = LoggerFactory.getLogger(BrokerThreads.class);

  private static final int WORKERS = 2;
  private static final int CONTROLLER_RING_SIZE = 4096;
  private static final long END_TIMEOUT_S = 10;

  private final List<RingShard> shards = new ArrayList<>();
  private final ExecutorService workers;
  private final ExecutorService openers;
  private final Optional<ExecutorService> readAhead;
  private final ExecutorService quorum;
  private final ExecutorService quorumMessages;
  private final RingShard controllerShard;
  private final ExecutorService publication;
  private final ScheduledExecutorService housekeeping;
  private final Clock clock;
  private final List<ExecutorService> flushers = new ArrayList<>();

  /**
   * @param openers threads that open logs
   * @param readAhead threads that wait for the disk on behalf of fetches; 0 for none
   */
  BrokerThreads(ShardConfig config, int openers, int readAhead, Clock clock) {
    this.clock = clock;
    for (int i = 0; i < config.shards(); i++) {
      shards.add(new RingShard(i, config.ringSize(), config.spins(), clock).start());
    }
    this.workers = Executors.newFixedThreadPool(WORKERS, named("ottla-worker"));
    this.openers = Executors.newFixedThreadPool(openers, named("ottla-opener"));
    this.readAhead =
        readAhead == 0
            ? Optional.empty()
            : Optional.of(Executors.newFixedThreadPool(readAhead, named("ottla-read-ahead")));
    this.quorum = Executors.newSingleThreadExecutor(named("ottla-quorum"));
    this.quorumMessages = Executors.newVirtualThreadPerTaskExecutor();
    this.controllerShard = new RingShard(config.shards(), CONTROLLER_RING_SIZE, 0, clock).start();
    this.publication = Executors.newSingleThreadExecutor(named("ottla-metadata"));
    this.housekeeping = Executors.newSingleThreadScheduledExecutor(named("ottla-housekeeping"));
  }

  private static ThreadFactory named(String name) {
    AtomicInteger next = new AtomicInteger();
    return task -> {
      Thread thread = new Thread(task, name + "-" + next.getAndIncrement());
      thread.setDaemon(true);
      return thread;
    };
  }

  @Override
  public List<RingShard> shards() {
    return shards;
  }

  @Override
  public Executor workers() {
    return workers;
  }

  @Override
  public Executor openers() {
    return openers;
  }

  @Override
  public Optional<Executor> readAhead() {
    return readAhead.map(threads -> threads);
  }

  @Override
  public Executor quorum() {
    return quorum;
  }

  @Override
  public Executor quorumMessages() {
    return quorumMessages;
  }

  @Override
  public RingShard controllerShard() {
    return controllerShard;
  }

  @Override
  public Executor publication() {
    return publication;
  }

  @Override
  public void repeat(long intervalMs, Runnable work) {
    // Intervals beyond this mean never; the scheduler counts in nanoseconds.
    long bounded = Math.min(intervalMs, TimeUnit.DAYS.toMillis(3650));
    var _ = housekeeping.scheduleWithFixedDelay(work, bounded, bounded, TimeUnit.MILLISECONDS);
  }

  @Override
  public Background background(String name, PacedWork work) {
    return new PacedThreads(name, work, clock);
  }

  @Override
  public Executor newFlusher() {
    ExecutorService flusher =
        Executors.newSingleThreadExecutor(named("ottla-flush-" + flushers.size()));
    flushers.add(flusher);
    return flusher;
  }

  /**
   * Ends housekeeping, after the work it is at. Not by an interrupt: that would close a file under
   * the feet of others who use it.
   */
  void endHousekeeping() {
    end(housekeeping);
  }

  /** Ends all threads; nothing may be under way any more that needs them. */
  void close() {
    List<ExecutorService> all =
        new ArrayList<>(
            List.of(housekeeping, publication, quorum, quorumMessages, workers, openers));
    readAhead.ifPresent(all::add);
    all.addAll(flushers);
    all.forEach(BrokerThreads::end);
    controllerShard.close();
    shards.forEach(RingShard::close);
  }

  private static void end(ExecutorService executor) {
    executor.shutdown();
    try {
      if (!executor.awaitTermination(END_TIMEOUT_S, TimeUnit.SECONDS)) {
        LOG.warn("A thread is still at work after {} s and is left behind", END_TIMEOUT_S);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
