package io.ottla.metadata.quorum;

import io.ottla.races.Daemons;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicBoolean;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.Description;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.IZ_Result;

/** A message comes in while the lane runs empty. */
@JCStressTest
@Description("All that was accepted is run, one at a time")
@Outcome(id = "2, false", expect = Expect.ACCEPTABLE, desc = "Both ran, one after the other")
@State
public class MessageLaneRace {

  private static final Executor EXECUTOR = Daemons.executor(2);

  private final MessageLane lane = new MessageLane(EXECUTOR);
  private final AtomicBoolean busy = new AtomicBoolean();
  private volatile boolean together;
  private volatile int ran; // One at a time, if the lane is right.

  private void run() {
    if (!busy.compareAndSet(false, true)) {
      together = true;
    }
    ran++;
    busy.set(false);
  }

  @Actor
  public void one() {
    var _ = lane.offer(this::run);
  }

  @Actor
  public void another() {
    var _ = lane.offer(this::run);
  }

  @Arbiter
  public void judge(IZ_Result result) {
    var _ = Daemons.await(() -> ran == 2);
    result.r1 = ran;
    result.r2 = together;
  }
}
