package io.ottla.broker.controller;

import static org.assertj.core.api.Assertions.assertThat;

import io.ottla.broker.admin.TestRequest;
import io.ottla.metadata.feed.MetadataFeed;
import io.ottla.metadata.image.MetadataDelta;
import io.ottla.metadata.image.MetadataImage;
import io.ottla.metadata.quorum.QuorumState;
import io.ottla.runtime.ManualClock;
import io.ottla.wire.ErrorCode;
import io.ottla.wire.message.FetchMetadataRequest;
import io.ottla.wire.message.FetchMetadataResponse;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Queue;
import org.junit.jupiter.api.Test;

class FetchMetadataHandlerTest {

  private final Queue<Runnable> workers = new ArrayDeque<>();
  private MetadataImage image = MetadataImage.empty("cluster").at(5);
  private final MetadataFeed feed = new MetadataFeed(image);
  private final FetchMetadataHandler handler =
      new FetchMetadataHandler(
          "cluster",
          feed,
          () -> QuorumState.UNKNOWN,
          new FollowerProgress(new ManualClock(1_000)),
          workers::add);

  private void commit() {
    MetadataDelta delta = new MetadataDelta.FeatureChanged("feature", (short) (image.offset() + 1));
    image = image.with(delta).at(image.offset() + 1);
    feed.applied(image, List.of(delta));
  }

  private TestRequest<FetchMetadataRequest, FetchMetadataResponse> send(
      FetchMetadataRequest request) {
    return TestRequest.send(handler, request.clusterId("cluster").brokerId(3), 0);
  }

  @Test
  void givesChangesAtOnce() {
    commit();
    FetchMetadataResponse answer =
        send(new FetchMetadataRequest().offset(5).maxBytes(1_000)).answer();
    assertThat(answer.body()).isNotEmpty();
    assertThat(answer.snapshotOffset()).isEqualTo(-1);
    assertThat(workers).isEmpty();
  }

  @Test
  void letsAWorkerEncodeTheImageForWhoIsFarBehindAndGoesOnMeanwhile() {
    var late = send(new FetchMetadataRequest().offset(-1).maxBytes(10));
    assertThat(late.isAnswered()).isFalse();
    commit();
    assertThat(send(new FetchMetadataRequest().offset(5).maxBytes(1_000)).isAnswered()).isTrue();

    workers.remove().run();
    FetchMetadataResponse first = late.answer();
    assertThat(first.snapshotOffset()).isEqualTo(6);
    assertThat(first.body()).hasSize(10);

    var rest =
        send(
            new FetchMetadataRequest()
                .offset(-1)
                .maxBytes(1 << 20)
                .snapshotOffset(6)
                .snapshotPosition(10));
    workers.remove().run();
    assertThat(rest.answer().body()).hasSize((int) first.snapshotSize() - 10);
  }

  @Test
  void answersThoughTheImageCannotBeEncoded() {
    var handlerWithoutWorkers =
        new FetchMetadataHandler(
            "cluster",
            feed,
            () -> {
              throw new IllegalStateException("broken on purpose");
            },
            new FollowerProgress(new ManualClock(1_000)),
            Runnable::run);
    FetchMetadataRequest request = new FetchMetadataRequest().clusterId("cluster").maxBytes(10);
    assertThat(
            TestRequest.<FetchMetadataRequest, FetchMetadataResponse>send(
                    handlerWithoutWorkers, request.offset(-1), 0)
                .answer()
                .errorCode())
        .isEqualTo(ErrorCode.UNKNOWN_SERVER_ERROR.code());
  }
}
