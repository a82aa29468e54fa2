package io.ottla.simulation;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SimulationTest {

  private static final int SEEDS = Integer.getInteger("simulation.seeds", 1_000);
  private static final int MOST_FAILURES = 5;

  /** In so many seeds, everything goes wrong that can. */
  private static final int ENOUGH_FOR_ALL = 300;

  /** And those it happens to notice. */
  private static final List<String> MET =
      List.of(
          "a full disk was told of",
          "answers held",
          "answers lost",
          "spoilt records were told of",
          "unclean elections",
          "waits for a slow disk",
          "writes without room",
          "wrong bits");

  private static final long FIRST = Long.getLong("simulation.seed", 1L);

  @Test
  void nothingIsLostWhateverGoesWrong() {
    List<String> failures = Collections.synchronizedList(new ArrayList<>());
    AtomicLong simulatedMs = new AtomicLong();
    Set<Faults.Kind> happened = ConcurrentHashMap.newKeySet();
    Set<String> met = ConcurrentHashMap.newKeySet();
    long begunNs = System.nanoTime();
    LongStream.range(FIRST, FIRST + SEEDS)
        .parallel()
        .filter(_ -> failures.size() < MOST_FAILURES)
        .forEach(
            seed -> {
              Simulation simulation = new Simulation(seed);
              try {
                simulation.run();
              } catch (RuntimeException | Error e) {
                failures.add(simulation.explain(e));
              }
              happened.addAll(simulation.faults().keySet());
              met.addAll(simulation.felt().keySet());
              simulatedMs.addAndGet(simulation.timeline().nowMs());
            });
    System.out.printf(
        "%,d seeds from %d: %,d simulated minutes in %,d s%n",
        SEEDS,
        FIRST,
        TimeUnit.MILLISECONDS.toMinutes(simulatedMs.get()),
        TimeUnit.NANOSECONDS.toSeconds(System.nanoTime() - begunNs));
    assertThat(failures).isEmpty();
    if (SEEDS >= ENOUGH_FOR_ALL) {
      assertThat(happened).containsExactlyInAnyOrder(Faults.Kind.values());
      assertThat(met).containsAll(MET);
    }
  }

  /** Whatever the addresses of objects are, and whatever ran before. */
  @ParameterizedTest
  @ValueSource(longs = {11, 12, 13, 14, 15, 16, 17, 18, 19, 20})
  void aSeedMakesTheSameHistoryEachTime(long seed) {
    Simulation first = new Simulation(seed);
    first.run();
    for (int i = 0; i < 1_000; i++) {
      assertThat(System.identityHashCode(new Object())).isNotZero();
    }
    Simulation second = new Simulation(seed);
    second.run();

    assertThat(second.summary()).isEqualTo(first.summary());
    assertThat(second.timeline().hash()).isEqualTo(first.timeline().hash());
  }
}
