package io.ottla.broker.coordinator;

import static org.assertj.core.api.Assertions.assertThat;

import io.ottla.broker.admin.TestCluster;
import io.ottla.broker.admin.TestRequest;
import io.ottla.metadata.image.MetadataImage;
import io.ottla.wire.ErrorCode;
import io.ottla.wire.message.FindCoordinatorRequest;
import io.ottla.wire.message.FindCoordinatorResponse;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;

class FindCoordinatorHandlerTest {

  private static final int PARTITIONS = 3;
  private static final byte GROUP = 0;
  private static final byte TRANSACTION = 1;
  private static final byte SHARE = 2;

  private final TestCluster cluster = TestCluster.with().broker(1);

  private FindCoordinatorHandler handler(Supplier<MetadataImage> image) {
    return new FindCoordinatorHandler(
        coordinators("__consumer_offsets"), coordinators("__transaction_state"), image);
  }

  private FindCoordinatorHandler.Coordinators coordinators(String topic) {
    return new FindCoordinatorHandler.Coordinators(
        new CoordinatorTopic(topic, cluster.topics(), cluster, PARTITIONS, _ -> 1, Map.of()),
        _ -> 2);
  }

  private static FindCoordinatorResponse.Coordinator find(
      FindCoordinatorHandler handler, String key) {
    return find(handler, key, GROUP);
  }

  private static FindCoordinatorResponse.Coordinator find(
      FindCoordinatorHandler handler, String key, byte type) {
    return TestRequest.<FindCoordinatorRequest, FindCoordinatorResponse>send(
            handler, new FindCoordinatorRequest().keyType(type).coordinatorKeys(List.of(key)), 6)
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
  void makesTheTopicOfTransactionsWhenOneIsFirstAskedFor() {
    assertThat(cluster.get().topic("__transaction_state")).isNull();
    FindCoordinatorResponse.Coordinator found = find(handler(cluster), "id", TRANSACTION);

    assertThat(found.errorCode()).isZero();
    assertThat(found.nodeId()).isEqualTo(1);
    assertThat(cluster.get().topic("__transaction_state").partitionCount()).isEqualTo(PARTITIONS);
    assertThat(cluster.get().topic("__consumer_offsets")).isNull();
  }

  @Test
  void refusesToFindCoordinatorsOfShareGroups() {
    assertThat(find(handler(cluster), "g", SHARE).errorCode())
        .isEqualTo(ErrorCode.INVALID_REQUEST.code());
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
