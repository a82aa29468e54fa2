package io.ottla.log;

import java.io.IOException;
import java.nio.file.Path;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.Description;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.II_Result;

/** The shard takes over a leader epoch while the flusher forces the file. */
@JCStressTest
@Description("What is forced last, or written last, is not older than what is in memory")
@Outcome(id = "1, 1", expect = Expect.ACCEPTABLE, desc = "The file has what the memory has")
@State
public class LeaderEpochCacheRace {

  private static final Path DIRECTORY = Path.of("/races/orders-0");

  private final RaceFiles files = new RaceFiles(OpenFiles.UNBOUNDED);
  private final LeaderEpochCache epochs = LeaderEpochCache.empty(files, DIRECTORY);

  public LeaderEpochCacheRace() {
    epochs.assign(0, 0);
  }

  @Actor
  public void leads() {
    epochs.assign(1, 10);
  }

  @Actor
  public void forces() {
    Unfailing.run(epochs::force);
  }

  @Arbiter
  public void judge(II_Result result) {
    result.r1 = epochs.current().latest();
    try {
      result.r2 = LeaderEpochCache.read(files, DIRECTORY).current().latest();
    } catch (IOException e) {
      result.r2 = -2;
    }
  }
}
