package io.ottla.broker.group;

import static org.assertj.core.api.Assertions.assertThat;

import io.ottla.broker.admin.TestCluster;
import io.ottla.broker.admin.TestRequest;
import io.ottla.coordinator.group.GroupCoordinator;
import io.ottla.coordinator.group.GroupCoordinatorConfig;
import io.ottla.coordinator.group.consumer.TopicAuthorizer;
import io.ottla.metadata.image.MetadataImage;
import io.ottla.runtime.ManualClock;
import io.ottla.runtime.ManualShard;
import io.ottla.wire.ErrorCode;
import io.ottla.wire.message.FindCoordinatorRequest;
import io.ottla.wire.message.FindCoordinatorResponse;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;

class FindCoordinatorHandlerTest {

  private static final int PARTITIONS = 3;

  private final TestCluster cluster = TestCluster.with().broker(1);
  private final ManualShard shard = new ManualShard(new ManualClock(1_000));
  private final GroupCoordinator coordinator =
      new GroupCoordinator(
          GroupCoordinatorConfig.builder().build(),
          PARTITIONS,
          _ -> shard,
          new ImageTopics(cluster),
          TopicAuthorizer.ALL,
          () -> "id",
          Runnable::run);

  private FindCoordinatorHandler handler(Supplier<MetadataImage> image) {
    return new FindCoordinatorHandler(
        coordinator,
        new OffsetsTopic(cluster.topics(), cluster, PARTITIONS, _ -> 1, Map.of()),
        image);
  }

  private static FindCoordinatorResponse.Coordinator find(
      FindCoordinatorHandler handler, String group) {
    return TestRequest.<FindCoordinatorRequest, FindCoordinatorResponse>send(
            handler, new FindCoordinatorRequest().coordinatorKeys(List.of(group)), 6)
        .answer()
        .coordinators()
        .getFirst();
  }

  @Test
  void answersWithTheLeaderOfTheGroupsPartition() {
    FindCoordinatorResponse.Coordinator found = find(handler(cluster), "g");

    assertThat(found.errorCode()).isZero();
    assertThat(found.nodeId()).isEqualTo(1);
    assertThat(found.host()).isEqualTo("plaintext1");
    assertThat(found.port()).isEqualTo(9001);
  }

  @Test
  void failsTheRequestIfMakingTheAnswerFails() {
    FindCoordinatorHandler handler =
        handler(
            () -> {
              throw new IllegalStateException("broken on purpose");
            });

    assertThat(find(handler, "g").errorCode()).isEqualTo(ErrorCode.UNKNOWN_SERVER_ERROR.code());
  }

  @Test
  void knowsNoCoordinatorWhileThePartitionHasNoLeader() {
    FindCoordinatorHandler handler = handler(cluster);
    assertThat(find(handler, "g").errorCode()).isZero();
    cluster.fence(1);

    assertThat(find(handler, "g").errorCode())
        .isEqualTo(ErrorCode.COORDINATOR_NOT_AVAILABLE.code());
  }
}
