package io.ottla.log;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.ottla.wire.record.RecordBatch;
import java.io.IOException;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Description;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.L_Result;

/**
 * One thread appends to a log, cuts it, and drops its old segments; another reads what was
 * published. All states of the race share one log.
 */
@JCStressTest
@Description("What a view says is true of the log at one moment, and its records can be read")
@Outcome(id = "read", expect = Expect.ACCEPTABLE, desc = "The batch asked for, whole")
@Outcome(id = "nothing", expect = Expect.ACCEPTABLE, desc = "Nothing to read")
@Outcome(id = "moved on", expect = Expect.ACCEPTABLE, desc = "The log was cut meanwhile")
@State
public class LogViewRace {

  private static final RaceLog RACE = new RaceLog();

  @Actor
  public void changes() {
    RACE.change();
  }

  @Actor
  public void reads(L_Result result) {
    LogView view = RACE.log().view();
    if (view.logStartOffset() > view.lastStableOffset()
        || view.lastStableOffset() > view.highWatermark()
        || view.highWatermark() > view.logEndOffset()
        || view.recoveryPoint() > view.logEndOffset()) {
      result.r1 = "offsets out of order";
      return;
    }
    long wanted = view.highWatermark() - 1;
    if (wanted < view.logStartOffset()) {
      result.r1 = "nothing";
      return;
    }
    try {
      result.r1 = read(view, wanted);
    } catch (LogException e) {
      result.r1 =
          switch (e.error()) {
            case OFFSET_OUT_OF_RANGE, NOT_LEADER_OR_FOLLOWER -> "moved on";
            default -> e.toString();
          };
    } catch (IOException | RuntimeException e) {
      result.r1 = e.toString();
    }
  }

  private static String read(LogView view, long wanted) throws IOException {
    LogSlice slice = view.read(wanted, 1_000, true, view.highWatermark());
    try {
      if (slice.isEmpty()) {
        return "nothing";
      }
      ByteBuf bytes = Unpooled.buffer(slice.sizeInBytes());
      slice.copyTo(bytes);
      RecordBatch batch = new RecordBatch().wrap(bytes, 0);
      boolean isIt =
          batch.isCrcValid() && batch.baseOffset() <= wanted && wanted <= batch.lastOffset();
      return isIt ? "read" : "another batch: " + batch.baseOffset() + " for " + wanted;
    } finally {
      slice.release();
    }
  }
}
