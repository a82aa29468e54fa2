package io.ottla.runtime;

import com.lmax.disruptor.BatchEventProcessor;
import com.lmax.disruptor.BatchEventProcessorBuilder;
import com.lmax.disruptor.EventHandler;
import com.lmax.disruptor.ExceptionHandler;
import com.lmax.disruptor.RingBuffer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A shard fed by a Disruptor ring and run by a thread of its own.
 *
 * <p>The ring keeps a reserve for the broker's own work, so that clients cannot fill it to the
 * point where a forced offset or a new image has to wait.
 */
public final class RingShard implements Shard, AutoCloseable {

  private static final Logger LOG = LoggerFactory.getLogger(RingShard.class);

  /** A tick of end-of-batch work at least this often while events keep coming. */
  private static final int MAX_BATCH = 256;

  private final int id;
  private final int reserve;
  private final ShardCore core;
  private final RingBuffer<Slot> ring;
  private final BatchEventProcessor<Slot> processor;
  private final Thread thread;

  /**
   * @param id number of this shard
   * @param ringSize slots, a power of two
   * @param spins turns an idle thread looks again before it parks; 0 for none
   */
  public RingShard(int id, int ringSize, int spins, Clock clock) {
    this.id = id;
    this.reserve = Math.max(1, ringSize / 8);
    this.core = new ShardCore(clock);
    this.ring =
        RingBuffer.createMultiProducer(
            Slot::new, ringSize, new DeadlineWaitStrategy(clock, core, spins));
    this.processor =
        new BatchEventProcessorBuilder()
            .setMaxBatchSize(Math.min(MAX_BATCH, ringSize))
            .build(ring, ring.newBarrier(), new Turner(core));
    processor.setExceptionHandler(new LogAndGoOn());
    ring.addGatingSequences(processor.getSequence());
    this.thread = new Thread(processor, "ottla-shard-" + id);
  }

  public RingShard start() {
    thread.start();
    return this;
  }

  @Override
  public int id() {
    return id;
  }

  @Override
  public boolean offer(ShardTask task) {
    return ring.hasAvailableCapacity(reserve) && publish(task);
  }

  @Override
  public void submit(ShardTask task) {
    if (core.hasOverflow() || !publish(task)) {
      core.addOverflow(ring.getCursor(), task);
      // The ring may have run empty meanwhile, with nobody left to wake the thread.
      publish(NOTHING);
    }
  }

  private static final ShardTask NOTHING = () -> {};

  private boolean publish(ShardTask task) {
    return ring.tryPublishEvent(Slot::set, task);
  }

  @Override
  public Timer schedule(long delayMs, ShardTask task) {
    return core.schedule(delayMs, task);
  }

  @Override
  public void atEndOfBatch(ShardTask task) {
    core.atEndOfBatch(task);
  }

  @Override
  public boolean isOnShardThread() {
    return Thread.currentThread() == thread;
  }

  @Override
  public Clock clock() {
    return core.clock();
  }

  /** Stops the thread after the task it runs; whoever closes has let the queue run empty first. */
  @Override
  public void close() {
    processor.halt();
    try {
      thread.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** One slot of the ring; emptied after use so that it keeps no buffer alive. */
  private static final class Slot {

    private ShardTask task;

    void set(long sequence, ShardTask task) {
      this.task = task;
    }

    ShardTask take() {
      ShardTask taken = task;
      task = null;
      return taken;
    }
  }

  private record Turner(ShardCore core) implements EventHandler<Slot> {

    @Override
    public void onEvent(Slot slot, long sequence, boolean endOfBatch) {
      core.run(slot.take());
      if (endOfBatch) {
        core.endBatch(sequence);
      }
    }

    @Override
    public void onTimeout(long sequence) {
      core.endBatch(sequence);
    }
  }

  private static final class LogAndGoOn implements ExceptionHandler<Slot> {

    @Override
    public void handleEventException(Throwable t, long sequence, Slot slot) {
      LOG.error("A shard failed between tasks; it goes on", t);
    }

    @Override
    public void handleOnStartException(Throwable t) {
      LOG.error("A shard failed to start", t);
    }

    @Override
    public void handleOnShutdownException(Throwable t) {
      LOG.error("A shard failed while it stopped", t);
    }
  }
}
