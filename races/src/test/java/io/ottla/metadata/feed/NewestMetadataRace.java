package io.ottla.metadata.feed;

import io.ottla.metadata.image.AppliedMetadata;
import io.ottla.metadata.image.MetadataDelta;
import io.ottla.metadata.image.MetadataImage;
import java.util.List;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.Description;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.II_Result;

/** A node's own quorum and another controller's feed tell the same metadata. */
@JCStressTest
@Description("Everything is told once and in order, by whichever source is ahead")
@Outcome(
    id = "2, 0",
    expect = Expect.ACCEPTABLE,
    desc = "Ends with the newest, and never goes back")
@State
public class NewestMetadataRace {

  private static final MetadataImage[] IMAGES = {
    MetadataImage.empty("cluster").at(0),
    MetadataImage.empty("cluster").at(1),
    MetadataImage.empty("cluster").at(2)
  };

  // Plain on purpose: the sources have to be told one after the other.
  private long newest;
  private int back;

  private final NewestMetadata metadata =
      new NewestMetadata(
          IMAGES[0],
          new AppliedMetadata() {
            @Override
            public void applied(MetadataImage image, List<MetadataDelta> deltas) {
              back += image.offset() == newest + 1 ? 0 : 1;
              newest = image.offset();
            }

            @Override
            public void replaced(MetadataImage image) {
              back += image.offset() > newest ? 0 : 1;
              newest = image.offset();
            }
          });
  private final AppliedMetadata quorum = metadata.source();
  private final AppliedMetadata feed = metadata.source();

  private static void tell(AppliedMetadata source) {
    source.replaced(IMAGES[0]);
    source.applied(IMAGES[1], List.of());
    source.applied(IMAGES[2], List.of());
  }

  @Actor
  public void quorum() {
    tell(quorum);
  }

  @Actor
  public void feed() {
    tell(feed);
  }

  @Arbiter
  public void judge(II_Result result) {
    result.r1 = (int) newest;
    result.r2 = back;
  }
}
