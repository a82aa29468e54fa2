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

/** Two threads read a file for which no handle may stay open once nobody uses it. */
@JCStressTest
@Description("A file is parked only while nobody uses it, and never open unknown to OpenFiles")
@Outcome(id = "0, 0", expect = Expect.ACCEPTABLE, desc = "Read; then parked, or waiting for it")
@State
public class LazyFileRace {

  private static final Path PATH = Path.of("/races/file");

  private final OpenFiles openFiles = new OpenFiles(0, Long.MAX_VALUE);
  private final RaceFiles files = new RaceFiles(openFiles);
  private final LazyFile file = new LazyFile(files, PATH, false);
  private int firstFailed;
  private int secondFailed;

  public LazyFileRace() {
    files.writeAll(PATH, new byte[] {7}, false);
  }

  private int read() {
    ByteBuffer into = ByteBuffer.allocate(1);
    try {
      return file.read(into, 0) == 1 && into.get(0) == 7 ? 0 : 1;
    } catch (IOException | RuntimeException e) {
      return 1;
    }
  }

  @Actor
  public void reads() {
    firstFailed = read();
  }

  @Actor
  public void readsTwice() {
    secondFailed = read() + read();
  }

  @Arbiter
  public void judge(II_Result result) {
    result.r1 = firstFailed + secondFailed;
    result.r2 = files.handles() - openFiles.files();
  }
}
