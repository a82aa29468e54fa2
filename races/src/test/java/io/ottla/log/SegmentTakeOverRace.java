package io.ottla.log;

import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Description;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.ZZ_Result;

/** A reader takes a reference while the log's owner is about to cut the file. */
@JCStressTest
@Description("A segment is taken over only if nobody holds it")
@Outcome(id = "true, false", expect = Expect.ACCEPTABLE, desc = "The reader has it")
@Outcome(id = "false, true", expect = Expect.ACCEPTABLE, desc = "The owner has it for itself")
@State
public class SegmentTakeOverRace {

  private final Segment segment = SegmentReleaseRace.open(new RaceFiles(OpenFiles.UNBOUNDED));

  @Actor
  public void reads(ZZ_Result result) {
    result.r1 = segment.tryRetain();
  }

  @Actor
  public void cuts(ZZ_Result result) {
    result.r2 = segment.takeOver() != null;
  }
}
