package io.ottla.log;

import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Description;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.JJ_Result;

/** The owner takes note of a younger batch while a reader asks for the largest timestamp. */
@JCStressTest
@Description("Whoever sees a largest timestamp sees its offset, or that of a younger batch")
@Outcome(id = "-1, 0", expect = Expect.ACCEPTABLE, desc = "Both old")
@Outcome(id = "-1, 50", expect = Expect.ACCEPTABLE, desc = "The offset is younger")
@Outcome(id = "5, 50", expect = Expect.ACCEPTABLE, desc = "Both new")
@State
public class SegmentTimestampsRace {

  private final SegmentTimestamps timestamps = new SegmentTimestamps(0);

  public SegmentTimestampsRace() {
    timestamps.clear();
  }

  @Actor
  public void appends() {
    timestamps.onAppended(5, 50);
  }

  @Actor
  public void asks(JJ_Result result) {
    result.r1 = timestamps.max();
    result.r2 = timestamps.maxOffset();
  }
}
