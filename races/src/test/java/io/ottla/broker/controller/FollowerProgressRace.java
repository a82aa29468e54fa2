package io.ottla.broker.controller;

import io.ottla.metadata.quorum.QuorumState.Progress;
import io.ottla.runtime.ManualClock;
import java.util.List;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.Description;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.IZ_Result;

/** Two fetches of one follower are heard of at the same time. */
@JCStressTest
@Description("That a follower once had all is not forgotten")
@Outcome(id = "1, true", expect = Expect.ACCEPTABLE, desc = "Known, and when it had all")
@State
public class FollowerProgressRace {

  private final FollowerProgress progress = new FollowerProgress(new ManualClock(1_000_000));

  public FollowerProgressRace() {
    progress.onFetch(3, 5, 9);
  }

  @Actor
  public void hasAll() {
    progress.onFetch(3, 9, 9);
  }

  @Actor
  public void lacksSome() {
    progress.onFetch(3, 8, 9);
  }

  @Arbiter
  public void judge(IZ_Result result) {
    List<Progress> all = progress.progress();
    result.r1 = all.size();
    result.r2 = all.getFirst().lastCaughtUpMs() >= 0;
  }
}
