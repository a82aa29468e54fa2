package io.ottla.broker.group;

import static org.assertj.core.api.Assertions.assertThat;

import io.ottla.broker.admin.TestCluster;
import io.ottla.broker.admin.TestRequest;
import io.ottla.coordinator.group.GroupCoordinator;
import io.ottla.coordinator.group.GroupCoordinatorConfig;
import io.ottla.coordinator.group.consumer.TopicAuthorizer;
import io.ottla.runtime.ManualClock;
import io.ottla.runtime.ManualShard;
import io.ottla.wire.ErrorCode;
import io.ottla.wire.message.ConsumerGroupDescribeRequest;
import io.ottla.wire.message.ConsumerGroupDescribeResponse;
import io.ottla.wire.message.ConsumerGroupHeartbeatRequest;
import io.ottla.wire.message.ConsumerGroupHeartbeatResponse;
import java.util.List;
import org.junit.jupiter.api.Test;

class ConsumerGroupHandlersTest {

  private final TestCluster cluster = TestCluster.with().broker(1);
  private final ManualShard shard = new ManualShard(new ManualClock(1_000));
  private final GroupCoordinator coordinator =
      new GroupCoordinator(
          GroupCoordinatorConfig.defaults(),
          3,
          _ -> shard,
          new ImageTopics(cluster),
          TopicAuthorizer.ALL,
          () -> "id",
          Runnable::run);
  private boolean offered = true;

  private ConsumerGroupHeartbeatResponse heartbeat(ConsumerGroupHeartbeatRequest request) {
    return TestRequest.<ConsumerGroupHeartbeatRequest, ConsumerGroupHeartbeatResponse>send(
            new ConsumerGroupHeartbeatHandler(coordinator, () -> offered), request, 1)
        .answer();
  }

  private List<ConsumerGroupDescribeResponse.DescribedGroup> describe(String... groups) {
    return TestRequest.<ConsumerGroupDescribeRequest, ConsumerGroupDescribeResponse>send(
            new ConsumerGroupDescribeHandler(coordinator, () -> offered),
            new ConsumerGroupDescribeRequest()
                .groupIds(List.of(groups))
                .includeAuthorizedOperations(true),
            1)
        .answer()
        .groups();
  }

  private static ConsumerGroupHeartbeatRequest joining() {
    return new ConsumerGroupHeartbeatRequest()
        .groupId("g")
        .memberId("m")
        .memberEpoch(0)
        .rebalanceTimeoutMs(1_000)
        .subscribedTopicNames(List.of("orders"))
        .topicPartitions(List.of());
  }

  @Test
  void refusesAllWhereTheProtocolIsNotOffered() {
    offered = false;
    assertThat(heartbeat(joining()).errorCode()).isEqualTo(ErrorCode.UNSUPPORTED_VERSION.code());
    assertThat(describe("a", "b"))
        .extracting(ConsumerGroupDescribeResponse.DescribedGroup::errorCode)
        .containsOnly(ErrorCode.UNSUPPORTED_VERSION.code())
        .hasSize(2);
  }

  @Test
  void asksTheCoordinatorWhereItIs() {
    assertThat(heartbeat(joining()).errorCode()).isEqualTo(ErrorCode.NOT_COORDINATOR.code());
    assertThat(heartbeat(joining().groupId("")).errorCode())
        .isEqualTo(ErrorCode.INVALID_REQUEST.code());
    assertThat(describe("a"))
        .allSatisfy(
            group -> {
              assertThat(group.errorCode()).isEqualTo(ErrorCode.NOT_COORDINATOR.code());
              assertThat(group.authorizedOperations()).isEqualTo(Integer.MIN_VALUE);
            });
  }
}
