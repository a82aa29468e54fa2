package io.ottla.runtime;

import io.ottla.races.Daemons;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.Description;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.I_Result;

/** Two threads wake a shard that has nothing to do, the second while it falls asleep again. */
@JCStressTest
@Description("A shard that goes to sleep does not oversleep a task")
@Outcome(id = "2", expect = Expect.ACCEPTABLE, desc = "Both ran")
@State
public class WakeUpRace {

  private static final RingShard SHARD = SmallShard.start();

  private volatile int ran;

  private void run() {
    ran++;
  }

  @Actor
  public void one() {
    SHARD.submit(this::run);
  }

  @Actor
  public void another() {
    SHARD.submit(this::run);
  }

  @Arbiter
  public void judge(I_Result result) {
    var _ = Daemons.await(() -> ran == 2);
    result.r1 = ran;
  }
}
