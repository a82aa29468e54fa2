package io.ottla.metadata.controller;

import static org.assertj.core.api.Assertions.assertThat;

import io.ottla.metadata.image.LeaderRecoveryState;
import io.ottla.metadata.image.NodeIds;
import io.ottla.wire.ErrorCode;
import io.ottla.wire.Uuid;
import io.ottla.wire.message.AlterPartitionRequest;
import io.ottla.wire.message.AlterPartitionRequest.BrokerState;
import io.ottla.wire.message.AlterPartitionResponse;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class IsrTest {

  private final Cluster cluster = new Cluster();

  @BeforeEach
  void start() {
    cluster.with(1, 2, 3);
    cluster.create("orders", List.of(1, 2, 3), List.of(1, 2, 3));
  }

  @Test
  void letsALeaderShrinkAndExpandAndTellsTheNewState() {
    AlterPartitionResponse response = cluster.alter(1, "orders", cluster.isr("orders", 0, 1, 3));
    AlterPartitionResponse.PartitionData told =
        response.topics().getFirst().partitions().getFirst();
    assertThat(told.errorCode()).isZero();
    assertThat(told.isr()).containsExactly(1, 3);
    assertThat(told.leaderId()).isEqualTo(1);
    assertThat(told.leaderEpoch()).isZero();
    assertThat(told.partitionEpoch()).isEqualTo(1);
    assertThat(cluster.partition("orders", 0).isr()).isEqualTo(NodeIds.of(1, 3));
    assertThat(cluster.partition("orders", 1).partitionEpoch()).isZero();
    assertThat(cluster.alterIsr("orders", 0, 1, 3, 2)).isEqualTo(ErrorCode.NONE);
    assertThat(cluster.partition("orders", 0).isr()).isEqualTo(NodeIds.of(1, 3, 2));
    assertThat(cluster.partition("orders", 0).partitionEpoch()).isEqualTo(2);
    assertThat(cluster.partition("orders", 0).leaderEpoch()).isZero();
  }

  @Test
  void answersManyPartitionsEachByItself() {
    int commands = cluster.quorum.log().size();
    AlterPartitionResponse response =
        cluster.alter(
            1,
            "orders",
            cluster.isr("orders", 0, 1),
            cluster.isr("orders", 1, 1, 2).leaderEpoch(-1),
            new AlterPartitionRequest.PartitionData().partitionIndex(7));
    assertThat(response.topics().getFirst().partitions())
        .extracting(partition -> ErrorCode.forCode(partition.errorCode()))
        .containsExactly(
            ErrorCode.NONE, ErrorCode.FENCED_LEADER_EPOCH, ErrorCode.UNKNOWN_TOPIC_OR_PARTITION);
    assertThat(cluster.quorum.log()).hasSize(commands + 1);
  }

  @Test
  void refusesAnEpochThatIsNotTheSendersOwn() {
    AlterPartitionRequest request =
        new AlterPartitionRequest().brokerId(1).brokerEpoch(cluster.broker(1).epoch() - 1);
    assertThat(ControllerFixture.get(cluster.controller.alterPartition(request)).errorCode())
        .isEqualTo(ErrorCode.STALE_BROKER_EPOCH.code());
    assertThat(
            ControllerFixture.get(cluster.controller.alterPartition(request.brokerId(9)))
                .errorCode())
        .isEqualTo(ErrorCode.BROKER_ID_NOT_REGISTERED.code());
  }

  @Test
  void refusesTopicsItDoesNotKnow() {
    AlterPartitionRequest request =
        new AlterPartitionRequest()
            .brokerId(1)
            .brokerEpoch(cluster.broker(1).epoch())
            .topics(
                List.of(
                    new AlterPartitionRequest.TopicData()
                        .topicId(new Uuid(9, 9))
                        .partitions(List.of(cluster.isr("orders", 0, 1)))));
    assertThat(Cluster.error(ControllerFixture.get(cluster.controller.alterPartition(request))))
        .isEqualTo(ErrorCode.UNKNOWN_TOPIC_ID);
  }

  @Test
  void tellsALeaderThatIsBehindAndOneThatIsAhead() {
    cluster.fence(1);
    assertThat(error(2, cluster.isr("orders", 0, 2).leaderEpoch(0)))
        .isEqualTo(ErrorCode.FENCED_LEADER_EPOCH);
    assertThat(error(2, cluster.isr("orders", 0, 2).leaderEpoch(2)))
        .isEqualTo(ErrorCode.NOT_CONTROLLER);
    assertThat(error(2, cluster.isr("orders", 0, 2).partitionEpoch(0)))
        .isEqualTo(ErrorCode.INVALID_UPDATE_VERSION);
    assertThat(error(2, cluster.isr("orders", 0, 2).partitionEpoch(2)))
        .isEqualTo(ErrorCode.NOT_CONTROLLER);
    assertThat(error(3, cluster.isr("orders", 0, 3))).isEqualTo(ErrorCode.INVALID_REQUEST);
  }

  private ErrorCode error(int leader, AlterPartitionRequest.PartitionData data) {
    return Cluster.error(cluster.alter(leader, "orders", data));
  }

  @Test
  void refusesInSyncReplicasThatMakeNoSense() {
    assertThat(cluster.alterIsr("orders", 0, 2, 3)).isEqualTo(ErrorCode.INVALID_REQUEST);
    assertThat(cluster.alterIsr("orders", 0, 1, 2, 2)).isEqualTo(ErrorCode.INVALID_REQUEST);
    assertThat(cluster.alterIsr("orders", 0, 1, 4)).isEqualTo(ErrorCode.INVALID_REQUEST);
    assertThat(cluster.alterIsr("orders", 0)).isEqualTo(ErrorCode.INVALID_REQUEST);
    assertThat(
            error(
                1,
                cluster
                    .isr("orders", 0, 1)
                    .leaderRecoveryState(LeaderRecoveryState.RECOVERING.id())))
        .isEqualTo(ErrorCode.INVALID_REQUEST);
    assertThat(
            cluster
                .alter(1, "orders", cluster.isr("orders", 0, 1).leaderRecoveryState((byte) 9))
                .errorCode())
        .isEqualTo(ErrorCode.INVALID_REQUEST.code());
    assertThat(cluster.partition("orders", 0).partitionEpoch()).isZero();
  }

  @Test
  void letsNoFencedOrRestartedOrUnknownBrokerInSync() {
    cluster.fence(3);
    assertThat(cluster.alterIsr("orders", 0, 1, 2, 3)).isEqualTo(ErrorCode.INELIGIBLE_REPLICA);
    AlterPartitionRequest.PartitionData seenBefore;
    cluster.beat(3);
    seenBefore = cluster.isr("orders", 0, 1, 2, 3);
    cluster.start(3, cluster.broker(3).epoch());
    // The leader has seen the incarnation before, which had fetched all (KIP-903).
    assertThat(error(1, seenBefore.partitionEpoch(cluster.partition("orders", 0).partitionEpoch())))
        .isEqualTo(ErrorCode.INELIGIBLE_REPLICA);
    assertThat(cluster.alterIsr("orders", 0, 1, 2, 3)).isEqualTo(ErrorCode.NONE);
    assertThat(cluster.unregister(3)).isEqualTo(ErrorCode.NONE);
    assertThat(cluster.alterIsr("orders", 0, 1, 2, 3)).isEqualTo(ErrorCode.INELIGIBLE_REPLICA);
  }

  @Test
  void checksNoEpochWhereTheLeaderNamesNone() {
    List<BrokerState> states = new ArrayList<>();
    states.add(new BrokerState().brokerId(1).brokerEpoch(-1));
    states.add(new BrokerState().brokerId(2).brokerEpoch(-1));
    assertThat(error(1, cluster.isr("orders", 0).newIsrWithEpochs(states)))
        .isEqualTo(ErrorCode.NONE);
    assertThat(error(1, cluster.isr("orders", 0).newIsrWithEpochs(List.of()).newIsr(List.of(1, 3))))
        .isEqualTo(ErrorCode.NONE);
    assertThat(cluster.partition("orders", 0).isr()).isEqualTo(NodeIds.of(1, 3));
  }

  @Test
  void doesNothingForInSyncReplicasThatAreSoAlready() {
    assertThat(cluster.alterIsr("orders", 0, 1, 2, 3)).isEqualTo(ErrorCode.NONE);
    assertThat(cluster.partition("orders", 0).partitionEpoch()).isZero();
  }
}
