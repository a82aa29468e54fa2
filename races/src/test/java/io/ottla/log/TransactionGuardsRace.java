package io.ottla.log;

import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.Description;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.ZI_Result;

/** Two batches of one producer come in over two connections. */
@JCStressTest
@Description("Who takes a guard at the same time shares it, with the lower of the sequences")
@Outcome(id = "true, 3", expect = Expect.ACCEPTABLE, desc = "Shared")
@State
public class TransactionGuardsRace {

  private final TransactionGuards guards = new TransactionGuards();
  private TransactionGuards.Guard first;
  private TransactionGuards.Guard second;

  private TransactionGuards.Guard take(int sequence) {
    return guards.take("transfers", 7, (short) 0, false, sequence);
  }

  @Actor
  public void one() {
    first = take(5);
  }

  @Actor
  public void another() {
    second = take(3);
  }

  @Arbiter
  @SuppressWarnings("ReferenceEquality")
  public void judge(ZI_Result result) {
    result.r1 = first == second;
    result.r2 = first.lowestSequence();
  }
}
