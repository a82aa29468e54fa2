package io.ottla.runtime;

import io.ottla.races.Daemons;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.Description;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.II_Result;

/**
 * Two threads hand more to a shard than its ring takes, one by {@link RingShard#submit}, the other
 * by {@link RingShard#offer}: through the ring and through the overflow behind it.
 */
@JCStressTest
@Description("A shard runs all it accepted, in the order in which each thread handed it over")
@Outcome(id = "0, 0", expect = Expect.ACCEPTABLE, desc = "All ran, in order")
@State
public class RingOrderRace {

  private static final int TASKS = 12;
  private static final RingShard SHARD = SmallShard.start();

  private final int[] next = new int[2];
  private int outOfOrder;
  private int offered;
  private volatile int ran;

  private void run(int actor, int number) {
    if (number != next[actor]++) {
      outOfOrder++;
    }
    ran++;
  }

  @Actor
  public void submits() {
    for (int i = 0; i < TASKS; i++) {
      int number = i;
      SHARD.submit(() -> run(0, number));
    }
  }

  @Actor
  public void offers() {
    for (int i = 0; i < TASKS; i++) {
      int number = offered;
      offered += SHARD.offer(() -> run(1, number)) ? 1 : 0;
    }
  }

  @Arbiter
  public void judge(II_Result result) {
    int expected = TASKS + offered;
    result.r1 = Daemons.await(() -> ran == expected) ? 0 : expected - ran;
    result.r2 = outOfOrder;
  }
}
