package io.ottla.coordinator.group;

import static org.assertj.core.api.Assertions.assertThat;

import io.ottla.wire.ErrorCode;
import java.util.EnumMap;
import java.util.Map;
import org.junit.jupiter.api.Test;

/**
 * Groups of both protocols at random. A failure names its seed. More seeds: {@code
 * -Dottla.simulation.seeds=1000}.
 */
class MixedSimulationTest {

  private static final int SEEDS = Integer.getInteger("ottla.simulation.seeds", 40);

  @Test
  void theLogSaysWhatTheStateIs() {
    assertThat(run(false))
        .as("what was tried")
        .containsKeys(
            ErrorCode.NONE,
            ErrorCode.STALE_MEMBER_EPOCH,
            ErrorCode.ILLEGAL_GENERATION,
            ErrorCode.UNKNOWN_MEMBER_ID,
            ErrorCode.GROUP_ID_NOT_FOUND);
  }

  @Test
  void theLogSaysWhatTheStateIsWhenNotAllCanBeWritten() {
    assertThat(run(true))
        .as("what was tried")
        .containsKeys(
            ErrorCode.NONE, ErrorCode.COORDINATOR_NOT_AVAILABLE, ErrorCode.NOT_COORDINATOR);
  }

  private static Map<ErrorCode, Integer> run(boolean hasFaults) {
    Map<ErrorCode, Integer> outcomes = new EnumMap<>(ErrorCode.class);
    for (long seed = 0; seed < SEEDS; seed++) {
      MixedSimulation simulation = new MixedSimulation(seed, hasFaults);
      try {
        simulation.run(300);
      } catch (AssertionError | RuntimeException e) {
        throw new AssertionError("seed " + seed + (hasFaults ? " with faults" : ""), e);
      }
      simulation.outcomes().forEach((error, count) -> outcomes.merge(error, count, Integer::sum));
    }
    return outcomes;
  }
}
