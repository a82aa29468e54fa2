package io.ottla.metadata.feed;

import static org.assertj.core.api.Assertions.assertThat;

import io.ottla.metadata.image.AppliedMetadata;
import io.ottla.metadata.image.MetadataDelta;
import io.ottla.metadata.image.MetadataDelta.FeatureChanged;
import io.ottla.metadata.image.MetadataImage;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class NewestMetadataTest {

  private final List<String> heard = new ArrayList<>();
  private final NewestMetadata newest =
      new NewestMetadata(
          image(-1),
          new AppliedMetadata() {
            @Override
            public void applied(MetadataImage image, List<MetadataDelta> deltas) {
              heard.add("applied " + image.offset() + " with " + deltas.size());
            }

            @Override
            public void replaced(MetadataImage image) {
              heard.add("replaced " + image.offset());
            }
          });
  private final AppliedMetadata quorum = newest.source();
  private final AppliedMetadata feed = newest.source();

  private static MetadataImage image(long offset) {
    return MetadataImage.empty("cluster").at(offset);
  }

  private static List<MetadataDelta> delta() {
    return List.of(new FeatureChanged("feature", (short) 1));
  }

  @Test
  void oneSourceIsPassedOnAsItIs() {
    quorum.applied(image(1), delta());
    quorum.applied(image(4), delta());
    quorum.replaced(image(9));
    assertThat(heard).containsExactly("applied 1 with 1", "applied 4 with 1", "replaced 9");
  }

  @Test
  void whatTheOtherSaidAlreadyIsPassedOver() {
    feed.applied(image(1), delta());
    feed.applied(image(4), delta());
    quorum.applied(image(1), delta());
    quorum.applied(image(4), delta());
    quorum.applied(image(5), delta());
    assertThat(heard).containsExactly("applied 1 with 1", "applied 4 with 1", "applied 5 with 1");
  }

  @Test
  void changesThatDoNotFollowOnWhatWasHeardReplaceTheWhole() {
    feed.applied(image(1), delta());
    feed.applied(image(4), delta());
    quorum.replaced(image(3));
    quorum.applied(image(6), delta());
    assertThat(heard).containsExactly("applied 1 with 1", "applied 4 with 1", "replaced 6");
  }
}
