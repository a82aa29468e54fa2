package io.ottla.metadata.feed;

import io.ottla.metadata.image.MetadataImage;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.Description;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.I_Result;

/** A follower has heard everything, and waits for more just as more comes. */
@JCStressTest
@Description("Who waits for a change is told of it once")
@Outcome(id = "1", expect = Expect.ACCEPTABLE, desc = "Told once")
@State
public class FeedRace {

  private static final MetadataImage FIRST = MetadataImage.empty("cluster").at(0);
  private static final MetadataImage NEXT = FIRST.at(1);

  private final MetadataFeed feed = new MetadataFeed(FIRST);
  private final AtomicInteger told = new AtomicInteger();

  @Actor
  public void applies() {
    feed.applied(NEXT, List.of());
  }

  @Actor
  public void waits() {
    var _ = feed.whenBeyond(0, told::incrementAndGet);
  }

  @Arbiter
  public void judge(I_Result result) {
    result.r1 = told.get();
  }
}
