package io.ottla.log;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.Description;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.II_Result;

/** A reader takes a reference while the log gives up the last one. */
@JCStressTest
@Description("Whoever holds a segment can read it; with the last reference its files are closed")
@Outcome(id = "0, 0", expect = Expect.ACCEPTABLE, desc = "Came too late, and all is closed")
@Outcome(id = "1, 0", expect = Expect.ACCEPTABLE, desc = "Has read, and all is closed")
@State
public class SegmentReleaseRace {

  private final RaceFiles files = new RaceFiles(OpenFiles.UNBOUNDED);
  private final Segment segment = open(files);
  private int read;

  static Segment open(RaceFiles files) {
    Path directory = Path.of("/races/orders-0");
    files.writeAll(SegmentFiles.path(directory, 0, SegmentFiles.LOG), new byte[] {7}, false);
    return Unfailing.get(() -> Segment.open(files, directory, 0, 0));
  }

  @Actor
  public void reads() {
    if (!segment.tryRetain()) {
      return;
    }
    try {
      ByteBuffer into = ByteBuffer.allocate(1);
      read = segment.file().read(into, 0) == 1 && into.get(0) == 7 ? 1 : -1;
    } catch (IOException | RuntimeException e) {
      read = -2;
    }
    segment.release();
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
