package io.ottla.simulation;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

class ShrinkerTest {

  private static final Faults.Kind PLANTED = Faults.Kind.RESETS;

  /** Nobody is to see a connection break. */
  private static Simulation simulation(long seed, Omissions omissions) {
    Simulation simulation = new Simulation(seed, omissions);
    simulation.watch(
        () -> {
          if (simulation.faults().containsKey(PLANTED)) {
            throw new AssertionError("a connection broke at " + simulation.timeline().nowMs());
          }
        });
    return simulation;
  }

  /** One in which other things happen before that. */
  private static long redSeed() {
    return LongStream.range(1, 400)
        .filter(
            seed -> {
              Simulation simulation = simulation(seed, Omissions.NONE);
              try {
                simulation.run();
                return false;
              } catch (AssertionError e) {
                return e.getMessage().startsWith("a connection broke")
                    && simulation.numberedFaults().size() >= 2
                    && simulation.workloadCount() >= 2;
              }
            })
        .findFirst()
        .orElseThrow();
  }

  @Test
  void whatItTakesIsOneFaultAndNoWorkload() {
    long seed = redSeed();
    List<String> told = new ArrayList<>();

    Shrinker.Shrunk shrunk = new Shrinker(seed, less -> simulation(seed, less), told::add).shrink();

    assertThat(shrunk.simulation().numberedFaults().values())
        .as("seed %d: %s", seed, told)
        .singleElement()
        .asString()
        .startsWith(PLANTED.name());
    assertThat(shrunk.omissions().workloads()).hasSize(shrunk.simulation().workloadCount());
    assertThat(shrunk.failure()).hasMessageStartingWith("a connection broke");
    assertThat(shrunk.simulation().explain(shrunk.failure()))
        .contains("--seed " + seed + shrunk.omissions().arguments());
  }

  @Test
  void aSeedThatIsGreenIsNotShrunk() {
    long green = 1;

    assertThat(new Shrinker(green, less -> new Simulation(green, less), _ -> {}).shrink()).isNull();
  }

  @Test
  void aViolationIsTheSameWithOtherNumbers() {
    assertThat(Shrinker.kind(new AssertionError("queue-0 on 2 ends at 17 after a restart\nmore")))
        .isEqualTo(Shrinker.kind(new AssertionError("queue-1 on 3 ends at 4 after a restart")))
        .isNotEqualTo(Shrinker.kind(new AssertionError("queue-0 on 2 begins at 17")));
  }

  @Test
  void whatIsLeftOutIsReadAsItIsWritten() {
    Omissions omissions = Omissions.of(List.of("3,0", "2"));

    assertThat(omissions.arguments()).isEqualTo(" --without 0,3 --without-workloads 2");
    assertThat(Omissions.of(List.of("", ""))).isEqualTo(Omissions.NONE);
  }
}
