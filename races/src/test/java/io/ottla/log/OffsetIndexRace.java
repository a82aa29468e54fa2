package io.ottla.log;

import java.nio.file.Path;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Description;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.IJI_Result;

/** The owner enters a batch while a reader looks it up: {@link MappedIndex}'s number of entries. */
@JCStressTest
@Description("An entry that counts is whole")
@Outcome(id = "0, -1, -1", expect = Expect.ACCEPTABLE, desc = "Not there yet")
@Outcome(id = "1, 105, 77", expect = Expect.ACCEPTABLE, desc = "There, and whole")
@State
public class OffsetIndexRace {

  private static final Path PATH = Path.of("/races/00000000000000000100.index");

  private final OffsetIndex index;

  public OffsetIndexRace() {
    RaceFiles files = new RaceFiles(OpenFiles.UNBOUNDED);
    files.writeAll(PATH, new byte[2 * OffsetIndex.ENTRY_SIZE], false);
    index = Unfailing.get(() -> OffsetIndex.forRead(files, PATH, 100));
    index.clear();
  }

  @Actor
  public void appends() {
    Unfailing.run(() -> index.append(105, 77));
  }

  @Actor
  public void looksUp(IJI_Result result) {
    int entries = index.entries();
    result.r1 = entries;
    result.r2 = entries == 0 ? -1 : index.offset(entries - 1);
    result.r3 = entries == 0 ? -1 : index.position(entries - 1);
  }
}
