package io.ottla.metadata.feed;

import static org.assertj.core.api.Assertions.assertThat;

import io.ottla.metadata.image.AppliedMetadata;
import io.ottla.metadata.image.ConfigResource;
import io.ottla.metadata.image.MetadataDelta;
import io.ottla.metadata.image.MetadataDelta.FeatureChanged;
import io.ottla.metadata.image.MetadataImage;
import io.ottla.runtime.ManualClock;
import io.ottla.runtime.ManualShard;
import io.ottla.wire.ErrorCode;
import io.ottla.wire.message.FetchMetadataRequest;
import io.ottla.wire.message.FetchMetadataResponse;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

class FeedTest {

  private static final MetadataImage EMPTY = MetadataImage.empty("cluster");

  private final MetadataFeed feed = new MetadataFeed(EMPTY);
  private final ManualClock clock = new ManualClock(1_000_000);
  private final ManualShard shard = new ManualShard(clock);
  private final Recorder recorder = new Recorder();
  private final Deque<CompletableFuture<FetchMetadataResponse>> unanswered = new ArrayDeque<>();
  private final List<FetchMetadataRequest> requests = new ArrayList<>();
  private final List<Throwable> failures = new ArrayList<>();
  private int maxBytes = 1 << 20;
  private MetadataImage image = EMPTY;

  private final FeedFollower follower =
      new FeedFollower(shard, EMPTY, this::fetch, recorder, () -> 7, failures::add);

  private CompletableFuture<FetchMetadataResponse> fetch(FetchMetadataRequest request) {
    requests.add(request);
    CompletableFuture<FetchMetadataResponse> answer = new CompletableFuture<>();
    unanswered.add(answer);
    return answer;
  }

  private void commit(long offset, MetadataDelta... deltas) {
    for (MetadataDelta delta : deltas) {
      image = image.with(delta);
    }
    image = image.at(offset);
    feed.applied(image, List.of(deltas));
  }

  private static MetadataDelta feature(int level) {
    return new FeatureChanged("feature", (short) level);
  }

  /** Answers the follower's open request from the feed, as the handler would. */
  private void answer() {
    FetchMetadataRequest request = requests.getLast();
    FetchMetadataResponse response = new FetchMetadataResponse().clusterId("cluster");
    MetadataFeed.Reading reading = feed.read(request.offset(), maxBytes);
    if (request.snapshotOffset() >= 0 || reading instanceof MetadataFeed.Reading.SnapshotNeeded) {
      long offset = request.snapshotOffset() >= 0 ? request.snapshotOffset() : MetadataFeed.NEWEST;
      MetadataFeed.SnapshotPart part =
          feed.readSnapshot(offset, Math.max(0, request.snapshotPosition()), maxBytes);
      response.snapshotOffset(part.offset()).snapshotSize(part.sizeInBytes()).body(part.bytes());
    } else if (reading instanceof MetadataFeed.Reading.Changes(byte[] bytes)) {
      response.body(bytes);
    }
    unanswered.remove().complete(response);
    shard.turn();
  }

  @Test
  void aFollowerGetsWhatWasCommittedCommandByCommand() {
    commit(3, feature(1));
    commit(5);
    follower.start();
    shard.turn();
    answer();
    commit(9, feature(2), feature(3));
    answer();

    assertThat(recorder.offsets).containsExactly(3L, 5L, 9L);
    assertThat(recorder.image.hash()).isEqualTo(image.hash());
    assertThat(recorder.image.offset()).isEqualTo(9);
    assertThat(requests.getLast().offset()).isEqualTo(9);
    assertThat(requests.getLast().brokerId()).isEqualTo(7);
  }

  @Test
  void whatDoesNotFitComesWithTheNextAnswers() {
    maxBytes = 1;
    for (int i = 0; i < 5; i++) {
      commit(i, feature(i));
    }
    follower.start();
    shard.turn();
    for (int i = 0; i < 5; i++) {
      answer();
    }
    assertThat(recorder.offsets).containsExactly(0L, 1L, 2L, 3L, 4L);
  }

  @Test
  void whoIsTooFarBehindTakesASnapshotInPartsAndGoesOnFromIt() {
    for (int i = 0; i < MetadataFeed.MAX_ENTRIES + 10; i++) {
      commit(i, new FeatureChanged("feature-" + i % 50, (short) (i % 100)));
    }
    maxBytes = 100;
    follower.start();
    shard.turn();
    int answers = 0;
    while (recorder.image == null && answers++ < 1000) {
      answer();
    }
    assertThat(answers).isGreaterThan(5);
    assertThat(recorder.image.hash()).isEqualTo(image.hash());
    commit(image.offset() + 1, feature(7));
    answer();
    assertThat(recorder.image.hash()).isEqualTo(image.hash());
    assertThat(failures).isEmpty();
  }

  @Test
  void doesNotKeepMoreThanItsWeightEvenIfNobodyReads() {
    Map<String, String> configs = new HashMap<>();
    for (int i = 0; i < 1000; i++) {
      configs.put("key-" + i, "value");
    }
    int commands = MetadataFeed.MAX_WEIGHT / 1000 + 50;
    for (int i = 0; i < commands; i++) {
      commit(i, new MetadataDelta.ConfigChanged(ConfigResource.topic("topic-" + i % 3), configs));
    }
    assertThat(feed.read(0, 1)).isInstanceOf(MetadataFeed.Reading.SnapshotNeeded.class);
    assertThat(feed.read(commands - 2, 1)).isInstanceOf(MetadataFeed.Reading.Changes.class);
  }

  @Test
  void aReaderAheadOfThisFeedIsToldNothing() {
    commit(3, feature(1));
    assertThat(feed.read(10, 100))
        .isInstanceOfSatisfying(
            MetadataFeed.Reading.Changes.class, changes -> assertThat(changes.bytes()).isEmpty());
  }

  @Test
  void waitersAreToldOnceOfTheNextCommand() {
    List<String> told = new ArrayList<>();
    feed.whenBeyond(-1, () -> told.add("a"));
    Runnable forget = feed.whenBeyond(-1, () -> told.add("b"));
    forget.run();
    commit(1);
    commit(2);
    feed.whenBeyond(1, () -> told.add("c"));
    assertThat(told).containsExactly("a", "c");
  }

  @Test
  void anUnreachableFeedIsAskedAgain() {
    follower.start();
    shard.turn();
    unanswered.remove().completeExceptionally(new IllegalStateException("nobody there"));
    shard.turn();
    assertThat(requests).hasSize(1);
    clock.advanceMs(100);
    shard.turn();
    assertThat(requests).hasSize(2);
    assertThat(failures).isEmpty();
  }

  @Test
  void aFeedOfAnotherClusterIsFatal() {
    follower.start();
    shard.turn();
    unanswered
        .remove()
        .complete(
            new FetchMetadataResponse()
                .errorCode(ErrorCode.INCONSISTENT_CLUSTER_ID.code())
                .clusterId("other")
                .body(new byte[0]));
    shard.turn();
    assertThat(failures).singleElement().asString().contains("other", "cluster");
  }

  @Test
  void damagedChangesAreFatal() {
    follower.start();
    shard.turn();
    unanswered
        .remove()
        .complete(new FetchMetadataResponse().clusterId("cluster").body(new byte[] {1, 2, 3}));
    shard.turn();
    assertThat(failures).hasSize(1);
  }

  private static final class Recorder implements AppliedMetadata {

    private final List<Long> offsets = new ArrayList<>();
    private MetadataImage image;

    @Override
    public void applied(MetadataImage image, List<MetadataDelta> deltas) {
      offsets.add(image.offset());
      this.image = image;
    }

    @Override
    public void replaced(MetadataImage image) {
      this.image = image;
    }
  }
}
