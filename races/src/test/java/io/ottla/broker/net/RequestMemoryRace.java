package io.ottla.broker.net;

import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.Description;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.ZI_Result;

/** A request asks for memory while the last bytes in use are given back. */
@JCStressTest
@Description("Who is not admitted is woken when there is memory again")
@Outcome(id = "true, 4", expect = Expect.ACCEPTABLE, desc = "Admitted, or woken and admitted then")
@State
public class RequestMemoryRace {

  private final RequestMemory memory = new RequestMemory(10);
  private boolean admitted;
  private volatile boolean woken;

  public RequestMemoryRace() {
    var _ = memory.tryAdmit(10);
  }

  @Actor
  public void givesBack() {
    memory.release(10);
  }

  @Actor
  public void asks() {
    admitted = memory.admitOrWait(4, Runnable::run, () -> woken = true);
  }

  @Arbiter
  public void judge(ZI_Result result) {
    result.r1 = admitted || (woken && memory.tryAdmit(4));
    result.r2 = (int) memory.usedBytes();
  }
}
