package io.ottla.log;

import java.nio.file.Path;
import java.util.List;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Description;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.IJJ_Result;

/** The owner enters the first aborted transaction of a segment while a reader asks for them. */
@JCStressTest
@Description("A transaction that counts is whole, and the lowest offset is not above it")
@Outcome(id = "0, -1, -1", expect = Expect.ACCEPTABLE, desc = "Not there yet")
@Outcome(id = "1, 9, 20", expect = Expect.ACCEPTABLE, desc = "There, and whole")
@State
public class TransactionIndexRace {

  private static final Path PATH = Path.of("/races/00000000000000000000.txnindex");

  private final TransactionIndex index;

  public TransactionIndexRace() {
    RaceFiles files = new RaceFiles(OpenFiles.UNBOUNDED);
    index = Unfailing.get(() -> TransactionIndex.open(files, PATH));
  }

  @Actor
  public void appends() {
    Unfailing.run(() -> index.append(new AbortedTransaction(9, 20, 30, 31)));
  }

  @Actor
  public void asks(IJJ_Result result) {
    List<AbortedTransaction> all = Unfailing.get(index::all);
    result.r1 = all.size();
    result.r2 = all.isEmpty() ? -1 : all.getFirst().producerId();
    result.r3 = all.isEmpty() ? -1 : index.minFirstOffset();
  }
}
