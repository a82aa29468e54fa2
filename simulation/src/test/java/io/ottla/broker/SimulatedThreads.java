package io.ottla.broker;

import io.ottla.log.cleaner.CleaningAborted;
import io.ottla.runtime.Shard;
import io.ottla.simulation.NodeClock;
import io.ottla.simulation.SimulatedProcess;
import io.ottla.simulation.SimulatedShard;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Executor;
import java.util.function.LongSupplier;

/** What a node runs on in a simulation: lanes and shards of its process. */
final class SimulatedThreads implements NodeThreads {

  private static final int RING = 1024;

  /** How long a disk takes at most to force something: most of them, and some. */
  private static final int QUICK_FORCE_NS = 1_000_000;

  private static final int SLOW_FORCE_NS = 25_000_000;

  private final SimulatedProcess process;
  private final List<Shard> shards = new ArrayList<>();
  private final Shard controllerShard;
  private final Executor workers;
  private final Executor openers;
  private final Executor quorum;
  private final Executor publication;
  private final Executor housekeeping;

  SimulatedThreads(
      SimulatedProcess process, int shardCount, NodeClock clock, LongSupplier diskSteps) {
    this.process = process;
    for (int i = 0; i < shardCount; i++) {
      shards.add(new SimulatedShard(process, i, RING, clock, diskSteps));
    }
    this.controllerShard = new SimulatedShard(process, shardCount, RING, clock, diskSteps);
    this.workers = process.lane("worker");
    // Whoever has logs opened waits for all of them; here it opens them itself.
    this.openers = Runnable::run;
    this.quorum = process.lane("quorum");
    this.publication = process.lane("publication");
    this.housekeeping = process.diskLane("housekeeping", QUICK_FORCE_NS);
  }

  @Override
  public List<Shard> shards() {
    return shards;
  }

  @Override
  public Shard controllerShard() {
    return controllerShard;
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
    return Optional.empty();
  }

  @Override
  public Executor quorum() {
    return quorum;
  }

  @Override
  public Executor quorumMessages() {
    return quorum;
  }

  @Override
  public Executor publication() {
    return publication;
  }

  @Override
  public Executor newFlusher() {
    boolean isSlow = process.timeline().random().nextInt(4) == 0;
    return process.diskLane("flusher", isSlow ? SLOW_FORCE_NS : QUICK_FORCE_NS);
  }

  @Override
  public void repeat(long intervalMs, Runnable work) {
    // A simulation does not last so long.
    if (intervalMs < Integer.MAX_VALUE) {
      process.afterMs(
          intervalMs,
          "housekeeping",
          () ->
              housekeeping.execute(
                  () -> {
                    work.run();
                    repeat(intervalMs, work);
                  }));
    }
  }

  @Override
  public Background background(String name, PacedWork work) {
    return new Steps(name, work);
  }

  /** Work in the background, step by step. */
  private final class Steps implements Background {

    private static final int STEP_NS = 300_000;

    private final String name;
    private final PacedWork work;
    private boolean ended;
    private boolean coming;

    Steps(String name, PacedWork work) {
      this.name = name;
      this.work = work;
    }

    @Override
    public void wake() {
      if (!coming) {
        next(0);
      }
    }

    private void next(long pauseNs) {
      coming = true;
      process.afterNs(
          pauseNs + process.timeline().random().nextInt(STEP_NS),
          name,
          () -> {
            coming = false;
            step();
          });
    }

    private void step() {
      if (ended) {
        return;
      }
      try {
        long pauseNs = work.step(this::spend);
        if (pauseNs != PacedWork.UNTIL_WOKEN) {
          next(pauseNs);
        }
      } catch (CleaningAborted e) {
        // It has been told to end.
      }
    }

    private void spend(long bytes) {
      if (ended) {
        throw new CleaningAborted("the broker stops");
      }
    }

    @Override
    public void close() {
      ended = true;
    }
  }
}
