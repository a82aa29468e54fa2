package io.ottla.log;

import io.ottla.races.Daemons;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.Description;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.ZZ_Result;

/** Two threads ask for a force, the second perhaps while the flusher ends its round. */
@JCStressTest
@Description("A force that is asked for is made, and covers what was published before")
@Outcome(id = "true, true", expect = Expect.ACCEPTABLE, desc = "Both answered, rightly")
@State
public class LogFlusherRace {

  private static final RaceLog RACE = new RaceLog();
  private static final LogFlusher FLUSHER = new LogFlusher(Daemons.executor(1), () -> 0L);

  /** One request: what was published before it, and its answer. */
  private static final class Question implements LogFlusher.Callback {

    private LogView before;
    private volatile LogFlusher.Forced forced;
    private volatile boolean failed;

    void ask() {
      before = RACE.log().view();
      FLUSHER.request(RACE.log(), this);
    }

    @Override
    public void onForced(LogFlusher.Forced answer) {
      forced = answer;
    }

    @Override
    public void onForceFailed(LogException cause) {
      failed = true;
    }

    boolean isAnswered() {
      return forced != null || failed;
    }

    /** Or the log was cut meanwhile: then what is forced says nothing, and the owner knows. */
    boolean isRight() {
      return !failed
          && (forced.offset() >= before.logEndOffset()
              || before.truncations() != RACE.log().view().truncations());
    }
  }

  private final Question one = new Question();
  private final Question other = new Question();

  @Actor
  public void appendsAndAsks() {
    RACE.change();
    one.ask();
  }

  @Actor
  public void asks() {
    other.ask();
  }

  @Arbiter
  public void judge(ZZ_Result result) {
    result.r1 = Daemons.await(() -> one.isAnswered() && other.isAnswered());
    result.r2 = result.r1 && one.isRight() && other.isRight();
  }
}
