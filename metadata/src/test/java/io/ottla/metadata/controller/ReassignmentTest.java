package io.ottla.metadata.controller;

import static org.assertj.core.api.Assertions.assertThat;

import io.ottla.metadata.image.ConfigResource;
import io.ottla.metadata.image.NodeIds;
import io.ottla.metadata.image.PartitionImage;
import io.ottla.wire.ErrorCode;
import io.ottla.wire.message.ListPartitionReassignmentsRequest.ListPartitionReassignmentsTopics;
import io.ottla.wire.message.ListPartitionReassignmentsResponse.OngoingTopicReassignment;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class ReassignmentTest {

  private final Cluster cluster = new Cluster();

  @BeforeEach
  void start() {
    cluster.with(1, 2, 3, 4, 5);
    cluster.create("orders", Map.of("min.insync.replicas", "2"), List.of(1, 2, 3));
  }

  private PartitionImage partition() {
    return cluster.partition("orders", 0);
  }

  @Test
  void addsNewReplicasFirstAndDropsOldOnesWhenTheNewAreInSync() {
    assertThat(cluster.reassign("orders", 0, List.of(4, 5, 3))).isEqualTo(ErrorCode.NONE);
    assertThat(partition().replicas()).isEqualTo(NodeIds.of(4, 5, 3, 1, 2));
    assertThat(partition().addingReplicas()).isEqualTo(NodeIds.of(4, 5));
    assertThat(partition().removingReplicas()).isEqualTo(NodeIds.of(1, 2));
    assertThat(partition().leader()).isEqualTo(1);
    assertThat(partition().leaderEpoch()).isZero();
    assertThat(cluster.alterIsr("orders", 0, 1, 2, 3, 4)).isEqualTo(ErrorCode.NONE);
    assertThat(partition().isReassigning()).isTrue();
    // The leader itself has to go: it is told to learn of that by the metadata.
    assertThat(cluster.alterIsr("orders", 0, 1, 2, 3, 4, 5))
        .isEqualTo(ErrorCode.NEW_LEADER_ELECTED);
    assertThat(partition().replicas()).isEqualTo(NodeIds.of(4, 5, 3));
    assertThat(partition().isr()).isEqualTo(NodeIds.of(3, 4, 5));
    assertThat(partition().leader()).isEqualTo(4);
    assertThat(partition().leaderEpoch()).isEqualTo(1);
    assertThat(partition().isReassigning()).isFalse();
  }

  @Test
  void changesTheLeaderEpochWhenAReplicaIsTakenAwayUnderTheSameLeader() {
    assertThat(cluster.reassign("orders", 0, List.of(1, 2, 4))).isEqualTo(ErrorCode.NONE);
    assertThat(partition().leaderEpoch()).isZero();
    assertThat(cluster.alterIsr("orders", 0, 1, 2, 3, 4)).isEqualTo(ErrorCode.NONE);
    assertThat(partition().replicas()).isEqualTo(NodeIds.of(1, 2, 4));
    assertThat(partition().leader()).isEqualTo(1);
    assertThat(partition().leaderEpoch()).isEqualTo(1);
  }

  @Test
  void completesAtOnceWhatNeedsNoCopy() {
    assertThat(cluster.reassign("orders", 0, List.of(3, 2, 1))).isEqualTo(ErrorCode.NONE);
    assertThat(partition().replicas()).isEqualTo(NodeIds.of(3, 2, 1));
    assertThat(partition().leader()).isEqualTo(1);
    assertThat(partition().isReassigning()).isFalse();
    assertThat(cluster.reassign("orders", 0, List.of(3))).isEqualTo(ErrorCode.NONE);
    assertThat(partition().replicas()).isEqualTo(NodeIds.of(3));
    assertThat(partition().leader()).isEqualTo(3);
    assertThat(partition().elr()).isEqualTo(NodeIds.EMPTY);
  }

  @Test
  void waitsForAllThatStayWhenFewerReplicasAreWanted() {
    assertThat(cluster.alterIsr("orders", 0, 1, 2)).isEqualTo(ErrorCode.NONE);
    assertThat(cluster.reassign("orders", 0, List.of(1, 3))).isEqualTo(ErrorCode.NONE);
    assertThat(partition().removingReplicas()).isEqualTo(NodeIds.of(2));
    assertThat(cluster.alterIsr("orders", 0, 1, 2, 3)).isEqualTo(ErrorCode.NONE);
    assertThat(partition().isReassigning()).isFalse();
    assertThat(partition().replicas()).isEqualTo(NodeIds.of(1, 3));
  }

  @Test
  void cancelsAMoveByTakingAwayWhatItAdded() {
    assertThat(cluster.reassign("orders", 0, null))
        .isEqualTo(ErrorCode.NO_REASSIGNMENT_IN_PROGRESS);
    cluster.reassign("orders", 0, List.of(4, 5));
    cluster.alterIsr("orders", 0, 1, 2, 3, 4);
    assertThat(cluster.reassign("orders", 0, null)).isEqualTo(ErrorCode.NONE);
    assertThat(partition().replicas().asList()).containsExactlyInAnyOrder(1, 2, 3);
    assertThat(partition().isr()).isEqualTo(NodeIds.of(1, 2, 3));
    assertThat(partition().isReassigning()).isFalse();
    assertThat(partition().leaderEpoch()).isEqualTo(1);
  }

  @Test
  void refusesACancellationThatWouldLoseAllThatIsInSync() {
    cluster.reassign("orders", 0, List.of(4, 5));
    cluster.alterIsr("orders", 0, 1, 2, 3, 4);
    for (int id : List.of(2, 3, 1)) {
      cluster.register(Cluster.registration(id, -1));
    }
    assertThat(partition().leader()).isEqualTo(4);
    assertThat(partition().isr()).isEqualTo(NodeIds.of(4));
    assertThat(cluster.reassign("orders", 0, null)).isEqualTo(ErrorCode.INVALID_REPLICA_ASSIGNMENT);
    cluster.configure(ConfigResource.topic("orders"), "unclean.leader.election.enable", "true");
    assertThat(cluster.reassign("orders", 0, null)).isEqualTo(ErrorCode.NONE);
    assertThat(partition().replicas().asList()).containsExactlyInAnyOrder(1, 2, 3);
    assertThat(partition().hasLeader()).isFalse();
    cluster.beat(2);
    assertThat(partition().leader()).isEqualTo(2);
  }

  @Test
  void replacesAMoveByAnother() {
    cluster.reassign("orders", 0, List.of(4, 2, 3));
    assertThat(cluster.reassign("orders", 0, List.of(5, 2, 3))).isEqualTo(ErrorCode.NONE);
    assertThat(partition().addingReplicas()).isEqualTo(NodeIds.of(5));
    assertThat(partition().removingReplicas().asList()).containsExactlyInAnyOrder(1, 4);
    // And back to where it was: there is nothing left to do.
    assertThat(cluster.reassign("orders", 0, List.of(1, 2, 3))).isEqualTo(ErrorCode.NONE);
    assertThat(partition().isReassigning()).isFalse();
    assertThat(partition().replicas()).isEqualTo(NodeIds.of(1, 2, 3));
  }

  @Test
  void refusesAssignmentsThatMakeNoSense() {
    assertThat(cluster.reassign("orders", 0, List.of()))
        .isEqualTo(ErrorCode.INVALID_REPLICA_ASSIGNMENT);
    assertThat(cluster.reassign("orders", 0, List.of(1, 1)))
        .isEqualTo(ErrorCode.INVALID_REPLICA_ASSIGNMENT);
    assertThat(cluster.reassign("orders", 0, List.of(1, 9)))
        .isEqualTo(ErrorCode.INVALID_REPLICA_ASSIGNMENT);
    assertThat(cluster.reassign("orders", 1, List.of(1)))
        .isEqualTo(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION);
    assertThat(cluster.reassign("none", 0, List.of(1)))
        .isEqualTo(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION);
  }

  @Test
  void refusesAnotherReplicationFactorWhereTheClientWantsTheSame() {
    assertThat(cluster.reassign("orders", 0, List.of(1, 2), false))
        .isEqualTo(ErrorCode.INVALID_REPLICATION_FACTOR);
    assertThat(cluster.reassign("orders", 0, List.of(4, 5, 1), false)).isEqualTo(ErrorCode.NONE);
    // What counts is what there will be, not what there is meanwhile.
    assertThat(cluster.reassign("orders", 0, List.of(4, 2, 1), false)).isEqualTo(ErrorCode.NONE);
    assertThat(cluster.reassign("orders", 0, List.of(4, 2, 1, 3, 5), false))
        .isEqualTo(ErrorCode.INVALID_REPLICATION_FACTOR);
  }

  @Test
  void listsTheMovesUnderWay() {
    assertThat(PartitionReassignments.ongoing(cluster.image(), null)).isEmpty();
    cluster.create("still", List.of(1));
    cluster.reassign("orders", 0, List.of(4, 2, 3));
    List<OngoingTopicReassignment> all = PartitionReassignments.ongoing(cluster.image(), null);
    assertThat(all).hasSize(1);
    assertThat(all.getFirst().name()).isEqualTo("orders");
    assertThat(all.getFirst().partitions().getFirst().replicas()).containsExactly(4, 2, 3, 1);
    assertThat(all.getFirst().partitions().getFirst().addingReplicas()).containsExactly(4);
    assertThat(all.getFirst().partitions().getFirst().removingReplicas()).containsExactly(1);
    assertThat(
            PartitionReassignments.ongoing(
                cluster.image(),
                List.of(
                    new ListPartitionReassignmentsTopics()
                        .name("orders")
                        .partitionIndexes(List.of(0, 7)),
                    new ListPartitionReassignmentsTopics()
                        .name("still")
                        .partitionIndexes(List.of(0)),
                    new ListPartitionReassignmentsTopics()
                        .name("none")
                        .partitionIndexes(List.of(0)))))
        .isEqualTo(all);
  }
}
