package io.ottla.simulation;

import java.util.Arrays;
import java.util.Collections;
import java.util.EnumSet;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.slf4j.LoggerFactory;

/** Runs many seeds, as many at a time as there are processors, and tells what came of them. */
public final class RunSeeds {

  private static final int PROGRESS_S = 10;
  private static final int MOST_FAILURES = 20;

  private final boolean loud;
  private final Omissions omissions;
  private final AtomicLong next;
  private final long end;
  private final AtomicLong done = new AtomicLong();
  private final AtomicLong failed = new AtomicLong();
  private final AtomicLong events = new AtomicLong();
  private final AtomicLong simulatedMs = new AtomicLong();
  private final Map<String, Integer> felt = Collections.synchronizedMap(new TreeMap<>());
  private final Map<Faults.Kind, Integer> faults = Collections.synchronizedMap(new TreeMap<>());

  private RunSeeds(long first, long count, boolean loud, Omissions omissions) {
    this.omissions = omissions;
    this.next = new AtomicLong(first);
    this.end = first + count;
    this.loud = loud;
  }

  /**
   * Runs them.
   *
   * @param arguments the first seed, how many, how many at a time, and whether to tell all of each;
   *     then, where something is left out, the numbers of faults and of workloads, each list with
   *     commas and maybe empty
   */
  public static void main(String[] arguments) throws InterruptedException {
    int threads = Integer.parseInt(arguments[2]);
    RunSeeds run =
        new RunSeeds(
            Long.parseLong(arguments[0]),
            Long.parseLong(arguments[1]),
            Boolean.parseBoolean(arguments[3]),
            Omissions.of(Arrays.asList(arguments).subList(4, arguments.length)));
    // Whoever logs first makes the loggers, and others would meet them half made.
    var _ = LoggerFactory.getILoggerFactory();
    long begunNs = System.nanoTime();
    try (ExecutorService executor = Executors.newFixedThreadPool(threads)) {
      for (int i = 0; i < threads; i++) {
        executor.execute(run::work);
      }
      executor.shutdown();
      while (!executor.awaitTermination(PROGRESS_S, TimeUnit.SECONDS)) {
        run.tell(begunNs);
      }
    }
    run.tell(begunNs);
    System.out.println("faults: " + run.faults);
    System.out.println("met: " + run.felt);
    System.out.println("never: " + run.never());
    System.exit(run.failed.get() > 0 ? 1 : 0);
  }

  private Set<Faults.Kind> never() {
    Set<Faults.Kind> never = EnumSet.allOf(Faults.Kind.class);
    never.removeAll(faults.keySet());
    return never;
  }

  private void work() {
    for (long seed = next.getAndIncrement();
        seed < end && failed.get() < MOST_FAILURES;
        seed = next.getAndIncrement()) {
      run(seed);
    }
  }

  private void run(long seed) {
    Simulation simulation = new Simulation(seed, omissions);
    if (loud) {
      simulation
          .timeline()
          .tell((atNs, what) -> System.out.printf("%,15d us %s%n", atNs / 1_000, what));
    }
    try {
      simulation.run();
      if (loud) {
        System.out.println(simulation.summary() + ", hash " + simulation.timeline().hash());
      }
    } catch (RuntimeException | Error e) {
      failed.incrementAndGet();
      System.out.println("FAILED: " + simulation.explain(e));
      if (loud) {
        e.printStackTrace(System.out);
      }
    }
    done.incrementAndGet();
    events.addAndGet(simulation.timeline().happened());
    simulatedMs.addAndGet(simulation.timeline().nowMs());
    simulation.felt().forEach((what, count) -> felt.merge(what, count, Integer::sum));
    simulation.faults().forEach((kind, count) -> faults.merge(kind, count, Integer::sum));
  }

  private void tell(long begunNs) {
    double seconds = (System.nanoTime() - begunNs) / 1e9;
    System.out.printf(
        "%,d seeds, %,d of them failed; %,.1f simulated hours, %,d events in %,.0f s (%.1f"
            + " seeds/s)%n",
        done.get(),
        failed.get(),
        simulatedMs.get() / 3_600_000.0,
        events.get(),
        seconds,
        done.get() / seconds);
  }
}
