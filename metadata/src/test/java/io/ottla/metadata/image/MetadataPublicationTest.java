package io.ottla.metadata.image;

import static org.assertj.core.api.Assertions.assertThat;

import io.ottla.metadata.image.MetadataDelta.FeatureChanged;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.RejectedExecutionException;
import org.junit.jupiter.api.Test;

class MetadataPublicationTest {

  private static final MetadataImage EMPTY = MetadataImage.empty("cluster");

  private final ArrayDeque<Runnable> tasks = new ArrayDeque<>();
  private final List<Throwable> failures = new ArrayList<>();
  private final List<String> heard = new ArrayList<>();
  private final MetadataPublication publication =
      new MetadataPublication(EMPTY, tasks::add, failures::add);

  @Test
  void handsOverWhatPiledUpAsOneBatchInOrder() {
    publication.add((image, deltas) -> heard.add(image.offset() + " " + names(deltas)));
    run();
    apply(1, "a");
    apply(2, "b");
    assertThat(publication.published().offset()).isEqualTo(-1);
    run();
    apply(3, "c");
    run();
    assertThat(heard).containsExactly("-1 []", "2 [a, b]", "3 [c]");
    assertThat(publication.published().offset()).isEqualTo(3);
  }

  @Test
  void tellsANewPublisherEverythingFirst() {
    apply(1, "a");
    run();
    apply(2, "b");
    publication.add((image, deltas) -> heard.add(image.offset() + " " + names(deltas)));
    run();
    apply(3, "c");
    run();
    assertThat(heard).containsExactly("2 [a, b]", "3 [c]");
  }

  @Test
  void tellsNothingMoreOnceItHasEnded() {
    publication.add((image, deltas) -> heard.add(image.offset() + " " + names(deltas)));
    run();
    apply(1, "a");
    var quiet = publication.end();
    assertThat(quiet).as("a publisher may be at it still").isNotDone();
    publication.add((image, deltas) -> heard.add("late"));
    run();
    assertThat(quiet).isCompleted();
    apply(2, "b");
    run();
    assertThat(heard).containsExactly("-1 []");
    assertThat(publication.published().offset()).as("who waits for offsets still can").isEqualTo(2);
  }

  @Test
  void runsAnActionWhenAllBeforeItIsPublished() {
    publication.add((image, deltas) -> heard.add("published " + image.offset()));
    apply(1, "a");
    publication.whenPublished(() -> heard.add("told of " + publication.published().offset()));
    assertThat(heard).isEmpty();
    run();
    assertThat(heard).containsExactly("published 1", "told of 1");
  }

  @Test
  void tellsWhenAnOffsetIsReachedEvenIfNothingChangedThere() {
    var two = publication.whenReached(2);
    var five = publication.whenReached(5);
    apply(1, "a");
    run();
    assertThat(two).isNotDone();
    publication.applied(newest.at(3), List.of());
    run();
    assertThat(two).isCompleted();
    assertThat(five).isNotDone();
    assertThat(publication.whenReached(3)).isCompleted();
  }

  @Test
  void publishesAnImageThatMovedOnWithoutAChange() {
    publication.applied(EMPTY.at(7), List.of());
    run();
    assertThat(publication.published().offset()).isEqualTo(7);
  }

  @Test
  void tellsTheDifferenceWhenTheImageIsReplaced() {
    publication.add((image, deltas) -> heard.add(names(deltas)));
    apply(1, "a");
    run();
    publication.replaced(publication.published().with(new FeatureChanged("z", (short) 1)).at(9));
    run();
    assertThat(heard).containsExactly("[a]", "[z]");
  }

  @Test
  void reportsAPublisherThatFailsAndGoesOn() {
    publication.add(
        (image, deltas) -> {
          throw new IllegalArgumentException("broken");
        });
    publication.add((image, deltas) -> heard.add(names(deltas)));
    apply(1, "a");
    publication.whenPublished(() -> heard.add("told"));
    run();
    assertThat(failures).singleElement().isInstanceOf(IllegalArgumentException.class);
    assertThat(heard).containsExactly("[a]", "told");
  }

  @Test
  void isQuietWhenItsExecutorHasStopped() {
    MetadataPublication stopped =
        new MetadataPublication(
            EMPTY,
            task -> {
              throw new RejectedExecutionException();
            },
            failures::add);
    stopped.applied(EMPTY.at(1), List.of());
    assertThat(failures).isEmpty();
  }

  private void apply(long offset, String feature) {
    newest = newest.with(new FeatureChanged(feature, (short) 1)).at(offset);
    publication.applied(newest, List.of(new FeatureChanged(feature, (short) 1)));
  }

  private MetadataImage newest = EMPTY;

  private void run() {
    while (!tasks.isEmpty()) {
      tasks.poll().run();
    }
  }

  private static String names(List<MetadataDelta> deltas) {
    return deltas.stream().map(delta -> ((FeatureChanged) delta).feature()).toList().toString();
  }
}
