package io.ottla.coordinator;

import java.util.List;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.Description;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.III_Result;

/** Two shards bring their parts of an answer. */
@JCStressTest
@Description("Whoever brings the last part passes all on, once")
@Outcome(id = "1, 5, 6", expect = Expect.ACCEPTABLE, desc = "Once, with both parts")
@State
public class FanOutRace {

  private volatile int times;
  private volatile List<Integer> parts = List.of(0, 0);

  private final FanOut<Integer> fanOut =
      new FanOut<>(
          2,
          all -> {
            parts = all;
            times++;
          });

  @Actor
  public void one() {
    fanOut.part(0).accept(5);
  }

  @Actor
  public void another() {
    fanOut.part(1).accept(6);
  }

  @Arbiter
  public void judge(III_Result result) {
    result.r1 = times;
    result.r2 = parts.get(0) == null ? -1 : parts.get(0);
    result.r3 = parts.get(1) == null ? -1 : parts.get(1);
  }
}
