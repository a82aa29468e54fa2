package io.ottla.metadata.controller;

import static io.ottla.metadata.controller.Cluster.LOST;
import static org.assertj.core.api.Assertions.assertThat;

import io.ottla.metadata.image.ImageSnapshot;
import io.ottla.metadata.image.LeaderRecoveryState;
import io.ottla.metadata.image.NodeIds;
import io.ottla.metadata.image.PartitionImage;
import io.ottla.wire.ErrorCode;
import io.ottla.wire.Uuid;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class LostReplicasTest {

  private final Cluster cluster = new Cluster();

  private PartitionImage orders() {
    return cluster.partition("orders", 0);
  }

  @Test
  void othersLeadWhatLiesInADirectoryThatDoesNotServeAndNothingElseMoves() {
    cluster.with(1, 2, 3);
    cluster.create("orders", List.of(1, 2, 3), List.of(1, 2, 3));
    final PartitionImage other = cluster.partition("orders", 1);
    assertThat(cluster.lose(1, "orders", 0)).isEqualTo(ErrorCode.NONE);
    assertThat(orders().lost()).isEqualTo(NodeIds.of(1));
    assertThat(orders().leader()).isEqualTo(2);
    assertThat(orders().leaderEpoch()).isEqualTo(1);
    assertThat(orders().isr()).isEqualTo(NodeIds.of(2, 3));
    assertThat(cluster.partition("orders", 1)).isEqualTo(other);
    assertThat(cluster.broker(1).fenced()).isFalse();
  }

  @Test
  void aLostReplicaDoesNotComeInSyncNorLeadUntilItServes() {
    cluster.with(1, 2, 3);
    cluster.create("orders", List.of(1, 2, 3));
    cluster.lose(1, "orders", 0);
    assertThat(cluster.alterIsr("orders", 0, 2, 3, 1)).isEqualTo(ErrorCode.INELIGIBLE_REPLICA);
    assertThat(cluster.elect(false, Map.of("orders", List.of(0))))
        .containsEntry("orders-0", ErrorCode.PREFERRED_LEADER_NOT_AVAILABLE);
    assertThat(cluster.serve(1, "orders", 0)).isEqualTo(ErrorCode.NONE);
    assertThat(orders().lost()).isEqualTo(NodeIds.EMPTY);
    assertThat(cluster.alterIsr("orders", 0, 2, 3, 1)).isEqualTo(ErrorCode.NONE);
    cluster.elect(false, Map.of("orders", List.of(0)));
    assertThat(orders().leader()).isEqualTo(1);
  }

  @Test
  void whatWasSaidAlreadyChangesNothing() {
    cluster.with(1, 2);
    cluster.create("orders", List.of(1, 2));
    PartitionImage before = orders();
    assertThat(cluster.serve(1, "orders", 0)).isEqualTo(ErrorCode.NONE);
    assertThat(orders()).isEqualTo(before);
    cluster.lose(1, "orders", 0);
    PartitionImage lost = orders();
    assertThat(cluster.lose(1, "orders", 0)).isEqualTo(ErrorCode.NONE);
    assertThat(orders()).isEqualTo(lost);
  }

  @Test
  void theOnlyReplicaInSyncLeadsAgainWhenItServesAgain() {
    cluster.with(1, 2);
    cluster.create("orders", Map.of("min.insync.replicas", "2"), List.of(1, 2));
    cluster.alterIsr("orders", 0, 1);
    cluster.lose(1, "orders", 0);
    assertThat(orders().hasLeader()).isTrue();
    assertThat(orders().leader()).as("2 was in sync when least could be acknowledged").isEqualTo(2);
    cluster.create("single", List.of(1));
    cluster.lose(1, "single", 0);
    PartitionImage single = cluster.partition("single", 0);
    assertThat(single.hasLeader()).isFalse();
    assertThat(single.elr()).isEqualTo(NodeIds.of(1));
    assertThat(cluster.elect(true, Map.of("single", List.of(0))))
        .as("not even uncleanly")
        .containsEntry("single-0", ErrorCode.ELIGIBLE_LEADERS_NOT_AVAILABLE);
    cluster.serve(1, "single", 0);
    assertThat(cluster.partition("single", 0).leader()).isEqualTo(1);
    assertThat(cluster.partition("single", 0).recovery()).isEqualTo(LeaderRecoveryState.RECOVERED);
  }

  @Test
  void aNewIncarnationSaysAnewWhatDoesNotServeAndWhatItLostCountsAsCrashed() {
    cluster.with(1, 2);
    cluster.create("orders", List.of(1, 2));
    cluster.create("single", List.of(1));
    cluster.lose(1, "orders", 0);
    cluster.lose(1, "single", 0);
    cluster.register(Cluster.registration(1, -1));
    assertThat(orders().lost()).isEqualTo(NodeIds.EMPTY);
    assertThat(orders().isr()).isEqualTo(NodeIds.of(2));
    PartitionImage single = cluster.partition("single", 0);
    assertThat(single.lost()).isEqualTo(NodeIds.EMPTY);
    assertThat(single.elr()).as("its disk may be a new one").isEqualTo(NodeIds.EMPTY);
    assertThat(single.lastKnownElr()).isEqualTo(NodeIds.of(1));
    // It finds the directory broken again, before it may lead.
    assertThat(cluster.lose(1, "single", 0)).isEqualTo(ErrorCode.NONE);
    cluster.beat(1);
    assertThat(cluster.broker(1).fenced()).isFalse();
    assertThat(cluster.partition("single", 0).hasLeader()).isFalse();
  }

  @Test
  void theSameProcessThatRegistersAgainHasSaidIt() {
    var registration = Cluster.registration(1, -1);
    cluster.register(registration);
    cluster.beat(1);
    cluster.with(2);
    cluster.create("orders", List.of(1, 2));
    cluster.lose(1, "orders", 0);
    cluster.register(registration.rack("elsewhere"));
    assertThat(orders().lost()).isEqualTo(NodeIds.of(1));
  }

  @Test
  void withoutEligibleLeadersTheLastInSyncStaysSoAndLeadsWhenItServes() {
    Cluster.Options options = new Cluster.Options();
    options.features = FeatureCatalog.firstLevels((short) 25);
    Cluster old = new Cluster(options);
    old.with(1, 2);
    old.create("orders", List.of(1, 2));
    old.alterIsr("orders", 0, 1);
    old.lose(1, "orders", 0);
    assertThat(old.partition("orders", 0).isr()).isEqualTo(NodeIds.of(1));
    assertThat(old.partition("orders", 0).hasLeader()).isFalse();
    old.fence(2);
    old.beat(2);
    assertThat(old.partition("orders", 0).hasLeader()).isFalse();
    old.serve(1, "orders", 0);
    assertThat(old.partition("orders", 0).leader()).isEqualTo(1);
  }

  @Test
  void aReplicaThatIsMovedAwayIsForgotten() {
    cluster.with(1, 2, 3);
    cluster.create("orders", List.of(1, 2));
    cluster.lose(1, "orders", 0);
    assertThat(cluster.reassign("orders", 0, List.of(2, 3))).isEqualTo(ErrorCode.NONE);
    assertThat(cluster.alterIsr("orders", 0, 2, 3)).isEqualTo(ErrorCode.NONE);
    assertThat(orders().replicas()).isEqualTo(NodeIds.of(2, 3));
    assertThat(orders().lost()).isEqualTo(NodeIds.EMPTY);
  }

  @Test
  void refusesWhatCannotBe() {
    cluster.with(1, 2);
    cluster.create("orders", List.of(1));
    Uuid topic = cluster.image().topic("orders").id();
    assertThat(cluster.assign(2, LOST, topic, 0)).isEqualTo(ErrorCode.NOT_LEADER_OR_FOLLOWER);
    assertThat(cluster.assign(1, LOST, topic, 1)).isEqualTo(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION);
    assertThat(cluster.assign(1, LOST, new Uuid(9, 9), 0)).isEqualTo(ErrorCode.UNKNOWN_TOPIC_ID);
    assertThat(cluster.assign(1, 1, LOST, topic, 0)).isEqualTo(ErrorCode.STALE_BROKER_EPOCH);
    assertThat(cluster.assign(7, 1, LOST, topic, 0)).isEqualTo(ErrorCode.BROKER_ID_NOT_REGISTERED);
    assertThat(cluster.partition("orders", 0).leader()).isEqualTo(1);
  }

  @Test
  void aSnapshotKeepsLostReplicas() throws IOException {
    cluster.with(1, 2);
    cluster.create("orders", List.of(1, 2));
    cluster.lose(1, "orders", 0);
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    ImageSnapshot.write(cluster.image(), out);
    var read = ImageSnapshot.read(new ByteArrayInputStream(out.toByteArray()), "cluster");
    assertThat(read.topic("orders").partition(0)).isEqualTo(orders());
    assertThat(read.hash()).isEqualTo(cluster.image().hash());
  }
}
