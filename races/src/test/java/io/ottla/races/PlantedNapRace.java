package io.ottla.races;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Description;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.ZZ_Result;

/**
 * Planted: what a shard's wait strategy does, but announcing and looking are only released and
 * acquired. A processor may look before its announcement is seen, so the sleeper sees nothing to do
 * and the publisher nobody to wake.
 */
@JCStressTest
@Description("PLANTED BUG, must be found: announcing a nap without full ordering")
@Outcome(id = "true, true", expect = Expect.ACCEPTABLE, desc = "Stays awake, and is woken")
@Outcome(id = "true, false", expect = Expect.ACCEPTABLE, desc = "Stays awake")
@Outcome(id = "false, true", expect = Expect.ACCEPTABLE, desc = "Is woken")
@Outcome(id = "false, false", expect = Expect.FORBIDDEN, desc = "Sleeps, and nobody wakes it")
@State
public class PlantedNapRace {

  private static final VarHandle PARKED;
  private static final VarHandle PUBLISHED;

  static {
    try {
      MethodHandles.Lookup lookup = MethodHandles.lookup();
      PARKED = lookup.findVarHandle(PlantedNapRace.class, "parked", boolean.class);
      PUBLISHED = lookup.findVarHandle(PlantedNapRace.class, "published", boolean.class);
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  @SuppressWarnings("UnusedVariable") // Through PARKED.
  private boolean parked;

  @SuppressWarnings("UnusedVariable") // Through PUBLISHED.
  private boolean published;

  @Actor
  public void sleeps(ZZ_Result result) {
    PARKED.setRelease(this, true);
    result.r1 = (boolean) PUBLISHED.getAcquire(this);
  }

  @Actor
  public void publishes(ZZ_Result result) {
    PUBLISHED.setRelease(this, true);
    result.r2 = (boolean) PARKED.getAcquire(this);
  }
}
