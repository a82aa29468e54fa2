package io.ottla.races;

import java.util.concurrent.atomic.AtomicInteger;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Description;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.Z_Result;

/** Planted: a segment's count of references, taken with a look and an increment, not as one. */
@JCStressTest
@Description("PLANTED BUG, must be found: taking a reference in two steps")
@Outcome(id = "true", expect = Expect.ACCEPTABLE, desc = "Open while it is held, or not held")
@Outcome(id = "false", expect = Expect.FORBIDDEN, desc = "Closed under its holder")
@State
public class PlantedReferenceRace {

  private final AtomicInteger references = new AtomicInteger(1);
  private volatile boolean open = true;

  private boolean tryRetain() {
    return references.get() > 0 && references.incrementAndGet() > 0;
  }

  private void release() {
    if (references.getAndDecrement() == 1) {
      open = false;
    }
  }

  @Actor
  public void reads(Z_Result result) {
    result.r1 = true;
    if (tryRetain()) {
      result.r1 = open;
      release();
    }
  }

  @Actor
  public void closes() {
    release();
  }
}
