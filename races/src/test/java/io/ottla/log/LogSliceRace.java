package io.ottla.log;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.io.IOException;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.Description;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.II_Result;

/** A fetch sends a slice, and reads on behind it, while the log gives up the segment. */
@JCStressTest
@Description("A slice stays readable until it is released, whatever happens to the log")
@Outcome(id = "7, 0", expect = Expect.ACCEPTABLE, desc = "Read, and all is closed")
@State
public class LogSliceRace {

  private final RaceFiles files = new RaceFiles(OpenFiles.UNBOUNDED);
  private final Segment segment = SegmentReleaseRace.open(files);
  private final LogSlice slice;
  private int read;

  public LogSliceRace() {
    var _ = segment.tryRetain();
    Unfailing.run(segment.file()::hold);
    slice = new LogSlice(segment, 0, 1, 1, 0L);
  }

  private static int firstByte(LogSlice of) throws IOException {
    ByteBuf into = Unpooled.buffer(1);
    of.copyTo(into);
    return into.readByte();
  }

  @Actor
  public void sends() {
    try {
      LogSlice again = slice.behind(0, 1);
      slice.release();
      read = again.isEmpty() ? -1 : firstByte(again);
      again.release();
    } catch (IOException | RuntimeException e) {
      read = -2;
    }
  }

  @Actor
  public void closes() {
    segment.release();
  }

  @Arbiter
  public void judge(II_Result result) {
    result.r1 = read;
    result.r2 = files.handles();
  }
}
