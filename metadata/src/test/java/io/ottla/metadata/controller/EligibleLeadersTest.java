package io.ottla.metadata.controller;

import static org.assertj.core.api.Assertions.assertThat;

import io.ottla.metadata.image.ConfigResource;
import io.ottla.metadata.image.LeaderRecoveryState;
import io.ottla.metadata.image.NodeIds;
import io.ottla.metadata.image.PartitionImage;
import io.ottla.wire.ErrorCode;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Eligible leader replicas and the last one standing (KIP-966). */
class EligibleLeadersTest {

  private static final Map<String, String> TWO = Map.of("min.insync.replicas", "2");

  private final Cluster cluster = new Cluster();

  private PartitionImage partition() {
    return cluster.partition("orders", 0);
  }

  private void create(Map<String, String> configs) {
    cluster.with(1, 2, 3);
    cluster.create("orders", configs, List.of(1, 2, 3));
  }

  @Test
  void keepsThoseWhoLeaveEligibleWhileTooFewAreInSync() {
    create(TWO);
    assertThat(cluster.alterIsr("orders", 0, 1, 2)).isEqualTo(ErrorCode.NONE);
    assertThat(partition().elr()).isEqualTo(NodeIds.EMPTY);
    assertThat(cluster.alterIsr("orders", 0, 1)).isEqualTo(ErrorCode.NONE);
    assertThat(partition().elr()).isEqualTo(NodeIds.of(2));
    // The third left before: acknowledged records may be missing from it.
    cluster.fence(1);
    assertThat(partition().leader()).isEqualTo(2);
    assertThat(partition().isr()).isEqualTo(NodeIds.of(2));
    assertThat(partition().elr()).isEqualTo(NodeIds.of(1));
    assertThat(partition().recovery()).isEqualTo(LeaderRecoveryState.RECOVERED);
    assertThat(cluster.alterIsr("orders", 0, 2, 3)).isEqualTo(ErrorCode.NONE);
    assertThat(partition().elr()).isEqualTo(NodeIds.EMPTY);
  }

  @Test
  void electsAnEligibleReplicaWhenItComesBackAndNobodyIsInSync() {
    create(TWO);
    cluster.fence(3);
    cluster.fence(2);
    cluster.fence(1);
    assertThat(partition().hasLeader()).isFalse();
    assertThat(partition().isr()).isEqualTo(NodeIds.EMPTY);
    assertThat(partition().elr().asList()).containsExactlyInAnyOrder(1, 2);
    assertThat(partition().lastKnownElr()).isEqualTo(NodeIds.of(1));
    cluster.beat(3);
    assertThat(partition().hasLeader()).isFalse();
    cluster.beat(2);
    assertThat(partition().leader()).isEqualTo(2);
    assertThat(partition().isr()).isEqualTo(NodeIds.of(2));
    assertThat(partition().elr()).isEqualTo(NodeIds.of(1));
    assertThat(partition().lastKnownElr()).isEqualTo(NodeIds.EMPTY);
    assertThat(partition().recovery()).isEqualTo(LeaderRecoveryState.RECOVERED);
  }

  @Test
  void trustsABrokerThatStoppedCleanlyAndNotOneThatCrashed() {
    create(TWO);
    cluster.fence(3);
    cluster.fence(2);
    cluster.fence(1);
    cluster.start(2, -1);
    assertThat(partition().elr()).isEqualTo(NodeIds.of(1));
    assertThat(partition().hasLeader()).isFalse();
    cluster.start(1, cluster.broker(1).epoch());
    assertThat(partition().leader()).isEqualTo(1);
    assertThat(partition().recovery()).isEqualTo(LeaderRecoveryState.RECOVERED);
  }

  @Test
  void takesACrashedBrokerOutOfSyncInTheCommandThatRegistersIt() {
    create(TWO);
    cluster.register(Cluster.registration(1, -1));
    assertThat(partition().leader()).isEqualTo(2);
    assertThat(partition().isr()).isEqualTo(NodeIds.of(2, 3));
    cluster.register(Cluster.registration(2, -1));
    assertThat(partition().leader()).isEqualTo(3);
    assertThat(partition().isr()).isEqualTo(NodeIds.of(3));
    assertThat(partition().elr()).isEqualTo(NodeIds.EMPTY);
  }

  @Test
  void keepsABrokerEligibleThatRestartedCleanlyBeforeItsSessionEnded() {
    create(TWO);
    cluster.fence(3);
    cluster.register(Cluster.registration(2, cluster.broker(2).epoch()));
    assertThat(partition().isr()).isEqualTo(NodeIds.of(1));
    assertThat(partition().elr()).isEqualTo(NodeIds.of(2));
  }

  @Test
  void letsTheLastLeaderStandAloneWhenAllHaveCrashed() {
    create(TWO);
    cluster.register(Cluster.registration(3, -1));
    cluster.register(Cluster.registration(2, -1));
    cluster.register(Cluster.registration(1, -1));
    assertThat(partition().hasLeader()).isFalse();
    assertThat(partition().elr()).isEqualTo(NodeIds.EMPTY);
    assertThat(partition().lastKnownElr()).isEqualTo(NodeIds.of(1));
    cluster.beat(2);
    cluster.beat(3);
    assertThat(partition().hasLeader()).isFalse();
    cluster.beat(1);
    assertThat(partition().leader()).isEqualTo(1);
    assertThat(partition().isr()).isEqualTo(NodeIds.of(1));
    assertThat(partition().lastKnownElr()).isEqualTo(NodeIds.EMPTY);
    assertThat(partition().recovery()).isEqualTo(LeaderRecoveryState.RECOVERING);
    assertThat(cluster.alterIsr("orders", 0, 1, 2)).isEqualTo(ErrorCode.NONE);
    assertThat(partition().recovery()).isEqualTo(LeaderRecoveryState.RECOVERED);
  }

  @Test
  void letsNobodyJoinALeaderThatHasNotRecovered() {
    create(TWO);
    for (int id = 3; id >= 1; id--) {
      cluster.register(Cluster.registration(id, -1));
    }
    cluster.beat(1);
    cluster.beat(2);
    assertThat(
            Cluster.error(
                cluster.alter(
                    1,
                    "orders",
                    cluster
                        .isr("orders", 0, 1, 2)
                        .leaderRecoveryState(LeaderRecoveryState.RECOVERING.id()))))
        .isEqualTo(ErrorCode.INVALID_REQUEST);
  }

  @Test
  void needsNoMoreInSyncThanThereAreReplicas() {
    cluster.with(1, 2);
    cluster.create("orders", Map.of("min.insync.replicas", "3"), List.of(1, 2));
    cluster.fence(2);
    assertThat(partition().elr()).isEqualTo(NodeIds.of(2));
    cluster.beat(2);
    assertThat(cluster.alterIsr("orders", 0, 1, 2)).isEqualTo(ErrorCode.NONE);
    assertThat(partition().elr()).isEqualTo(NodeIds.EMPTY);
  }

  @Test
  void holdsNobodyEligibleAnyMoreWhenFewerAreNeededInSync() {
    create(TWO);
    cluster.fence(3);
    cluster.fence(2);
    assertThat(partition().elr()).isEqualTo(NodeIds.of(2));
    int epoch = partition().partitionEpoch();
    cluster.configure(ConfigResource.topic("orders"), "min.insync.replicas", "3");
    assertThat(partition().elr()).isEqualTo(NodeIds.of(2));
    assertThat(partition().partitionEpoch()).isEqualTo(epoch);
    cluster.configure(ConfigResource.topic("orders"), "min.insync.replicas", null);
    assertThat(partition().elr()).isEqualTo(NodeIds.EMPTY);
    assertThat(partition().partitionEpoch()).isEqualTo(epoch + 1);
  }

  @Test
  void goesByTheClustersSettingWhereTheTopicHasNone() {
    create(Map.of());
    cluster.configure(ConfigResource.defaultBroker(), "min.insync.replicas", "3");
    cluster.fence(3);
    assertThat(partition().elr()).isEqualTo(NodeIds.of(3));
    cluster.configure(ConfigResource.defaultBroker(), "min.insync.replicas", "2");
    assertThat(partition().elr()).isEqualTo(NodeIds.EMPTY);
  }

  @Test
  void writesTheFilesSettingIntoTheMetadataOfANewCluster() {
    Cluster.Options options = new Cluster.Options();
    options.minInsyncReplicas = 2;
    Cluster other = new Cluster(options);
    assertThat(other.image().configs(ConfigResource.defaultBroker()))
        .containsEntry("min.insync.replicas", "2");
    other.with(1);
    assertThat(other.tryConfigure(ConfigResource.broker(1), "min.insync.replicas", "1").error())
        .isEqualTo(ErrorCode.INVALID_CONFIG);
    assertThat(
            other.tryConfigure(ConfigResource.defaultBroker(), "min.insync.replicas", null).error())
        .isEqualTo(ErrorCode.INVALID_CONFIG);
    assertThat(other.tryConfigure(ConfigResource.broker(1), "some.key", "1").isDone()).isTrue();
  }

  @Test
  void keepsTheLastInSyncReplicaWhereEligibleLeadersAreOff() {
    Cluster.Options options = new Cluster.Options();
    options.features = FeatureCatalog.firstLevels((short) 25);
    Cluster old = new Cluster(options);
    old.with(1, 2);
    old.create("orders", Map.of("min.insync.replicas", "2"), List.of(1, 2));
    old.fence(1);
    old.fence(2);
    PartitionImage partition = old.partition("orders", 0);
    assertThat(partition.hasLeader()).isFalse();
    assertThat(partition.isr()).isEqualTo(NodeIds.of(2));
    assertThat(partition.elr()).isEqualTo(NodeIds.EMPTY);
    old.beat(1);
    assertThat(old.partition("orders", 0).hasLeader()).isFalse();
    old.start(2, -1);
    assertThat(old.partition("orders", 0).leader()).isEqualTo(2);
  }
}
