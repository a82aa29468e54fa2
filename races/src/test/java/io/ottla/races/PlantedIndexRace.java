package io.ottla.races;

import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Description;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.II_Result;

/** Planted: a growing index whose number of entries is a plain field. */
@JCStressTest
@Description("PLANTED BUG, must be found: publishing an entry without an order")
@Outcome(id = "0, -1", expect = Expect.ACCEPTABLE, desc = "Not there yet")
@Outcome(id = "1, 7", expect = Expect.ACCEPTABLE, desc = "There, and whole")
@Outcome(id = "1, 0", expect = Expect.FORBIDDEN, desc = "There, but not written")
@State
public class PlantedIndexRace {

  private final int[] memory = new int[64];
  private int entries;

  @Actor
  public void appends() {
    memory[32] = 7;
    entries = 1;
  }

  @Actor
  public void looksUp(II_Result result) {
    int count = entries;
    result.r1 = count;
    result.r2 = count == 0 ? -1 : memory[31 + count];
  }
}
