package io.ottla.metadata.image;

import io.ottla.metadata.image.MetadataDelta.FeatureChanged;
import io.ottla.races.Daemons;
import java.util.List;
import java.util.concurrent.Executor;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.Description;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.ZI_Result;

/** A publisher comes while a change is applied: on an executor of two threads. */
@JCStressTest
@Description("A publisher hears of every change once, in the first image or after it")
@Outcome(id = "true, 1", expect = Expect.ACCEPTABLE, desc = "Heard of it once")
@State
public class PublicationOrderRace {

  private static final MetadataDelta CHANGE = new FeatureChanged("feature", (short) 1);
  private static final MetadataImage FIRST = MetadataImage.empty("cluster").at(0);
  private static final MetadataImage NEXT = FIRST.with(CHANGE).at(1);
  private static final Executor EXECUTOR = Daemons.executor(2);

  private final MetadataPublication publication =
      new MetadataPublication(FIRST, EXECUTOR, failure -> {});
  private volatile boolean published;
  private volatile int heard; // Written by one publishing thread at a time.

  @Actor
  public void applies() {
    publication.applied(NEXT, List.of(CHANGE));
  }

  @Actor
  public void joins() {
    publication.add((image, deltas) -> heard += deltas.size());
  }

  @Arbiter
  public void judge(ZI_Result result) {
    publication.whenPublished(() -> published = true);
    result.r1 = Daemons.await(() -> published);
    result.r2 = heard;
  }
}
