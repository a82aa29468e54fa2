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

/** One thread holds a file, as a slice does, while another file takes its place among the open. */
@JCStressTest
@Description("A file that is held stays open; let go of, OpenFiles knows of it")
@Outcome(id = "0, 0", expect = Expect.ACCEPTABLE, desc = "Open while it was held")
@State
public class LazyFileHoldRace {

  private static final Path HELD = Path.of("/races/held");
  private static final Path OTHER = Path.of("/races/other");

  private final OpenFiles openFiles = new OpenFiles(1, Long.MAX_VALUE);
  private final RaceFiles files = new RaceFiles(openFiles);
  private final LazyFile held = new LazyFile(files, HELD, false);
  private final LazyFile other = new LazyFile(files, OTHER, false);
  private int failed;

  public LazyFileHoldRace() {
    files.writeAll(HELD, new byte[] {7}, false);
    files.writeAll(OTHER, new byte[] {8}, false);
    // Was used before, so that it is among those that may be parked.
    Unfailing.run(held::hold);
    held.letGo();
    var _ = held.wasUsed();
  }

  @Actor
  public void holds() {
    try {
      held.hold();
      ByteBuffer into = ByteBuffer.allocate(1);
      failed = held.read(into, 0) == 1 && into.get(0) == 7 ? 0 : 1;
      held.letGo();
    } catch (IOException | RuntimeException e) {
      failed = 1;
    }
  }

  @Actor
  public void crowdsOut() {
    Unfailing.run(other::hold);
    other.letGo();
    Unfailing.run(other::hold);
    other.letGo();
  }

  @Arbiter
  public void judge(II_Result result) {
    result.r1 = failed;
    result.r2 = files.handles() - openFiles.files();
  }
}
