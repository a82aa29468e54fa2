package io.ottla.metadata.image;

import io.ottla.races.Daemons;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.Description;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.ZJ_Result;

/** Somebody waits for an offset that is being applied. */
@JCStressTest
@Description("Who waits for an offset is told when it is published, and sees it then")
@Outcome(id = "true, 1", expect = Expect.ACCEPTABLE, desc = "Told, and sees it")
@State
public class PublicationRace {

  private static final MetadataImage FIRST = MetadataImage.empty("cluster").at(0);
  private static final MetadataImage NEXT = FIRST.at(1);
  private static final Executor EXECUTOR = Daemons.executor(1);

  private final MetadataPublication publication =
      new MetadataPublication(FIRST, EXECUTOR, failure -> {});
  private CompletableFuture<Long> reached;

  @Actor
  public void applies() {
    publication.applied(NEXT, List.of());
  }

  @Actor
  public void waits() {
    reached = publication.whenReached(1).thenApply(_ -> publication.published().offset());
  }

  @Arbiter
  public void judge(ZJ_Result result) {
    result.r1 = Daemons.await(reached::isDone);
    result.r2 = reached.getNow(-1L);
  }
}
