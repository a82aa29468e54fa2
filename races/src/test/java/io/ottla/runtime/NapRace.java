package io.ottla.runtime;

import com.lmax.disruptor.AlertException;
import com.lmax.disruptor.Sequence;
import com.lmax.disruptor.SequenceBarrier;
import com.lmax.disruptor.TimeoutException;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Description;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.Z_Result;

/** The wait strategy by itself: one thread goes to sleep while another publishes and signals. */
@JCStressTest
@Description("Who goes to sleep sees what was published, or is woken by who published it")
@Outcome(id = "true", expect = Expect.ACCEPTABLE, desc = "Saw it before its timer was due")
@State
public class NapRace {

  private static final long NAP_MS = 2_000;

  private static final SequenceBarrier BARRIER =
      new SequenceBarrier() {
        @Override
        public long waitFor(long sequence) {
          return sequence;
        }

        @Override
        public long getCursor() {
          return 0;
        }

        @Override
        public boolean isAlerted() {
          return false;
        }

        @Override
        public void alert() {}

        @Override
        public void clearAlert() {}

        @Override
        public void checkAlert() {}
      };

  private final ShardCore core = new ShardCore(SystemClock.INSTANCE);
  private final DeadlineWaitStrategy strategy =
      new DeadlineWaitStrategy(SystemClock.INSTANCE, core, 0);
  private final Sequence published = new Sequence(-1);

  @Actor
  public void sleeps(Z_Result result) {
    var _ = core.schedule(NAP_MS, () -> {});
    try {
      result.r1 = strategy.waitFor(0, published, published, BARRIER) == 0;
    } catch (TimeoutException | AlertException e) {
      result.r1 = false;
    }
  }

  @Actor
  public void publishes() {
    published.set(0);
    strategy.signalAllWhenBlocking();
  }
}
