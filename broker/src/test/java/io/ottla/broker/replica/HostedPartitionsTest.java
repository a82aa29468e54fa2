package io.ottla.broker.replica;

import static org.assertj.core.api.Assertions.assertThat;

import io.ottla.broker.admin.TestCluster;
import io.ottla.metadata.image.NodeIds;
import io.ottla.replication.PartitionRole;
import io.ottla.replication.PartitionRole.Kind;
import io.ottla.replication.Partitions;
import io.ottla.wire.ErrorCode;
import io.ottla.wire.Uuid;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class HostedPartitionsTest {

  private final TestCluster cluster =
      TestCluster.with().broker(1, "a", "PLAINTEXT").broker(2, "b", "PLAINTEXT");
  private final HostedPartitions partitions = new HostedPartitions(new Partitions(), cluster);

  private static PartitionRole role(Kind kind, int epoch) {
    return new PartitionRole(kind, 1, epoch, 3, NodeIds.of(1, 2), NodeIds.of(1), 1, 0);
  }

  @ParameterizedTest
  @CsvSource({
    "LEADER, -1, true, NONE",
    "LEADER, 5, true, NONE",
    "LEADER, 4, true, FENCED_LEADER_EPOCH",
    "LEADER, 6, true, UNKNOWN_LEADER_EPOCH",
    "FOLLOWER, -1, true, NOT_LEADER_OR_FOLLOWER",
    "FOLLOWER, 5, true, NOT_LEADER_OR_FOLLOWER",
    "FOLLOWER, 4, true, FENCED_LEADER_EPOCH",
    "FOLLOWER, 6, true, UNKNOWN_LEADER_EPOCH",
    "FOLLOWER, -1, false, NONE",
    "FOLLOWER, 5, false, NONE",
    "FOLLOWER, 4, false, FENCED_LEADER_EPOCH",
    "NONE, 5, false, NOT_LEADER_OR_FOLLOWER"
  })
  void comparesEpochsBeforeItLooksWhoLeads(
      Kind kind, int clientEpoch, boolean leaderOnly, ErrorCode expected) {
    assertThat(HostedPartitions.check(role(kind, 5), clientEpoch, leaderOnly)).isEqualTo(expected);
  }

  @Test
  void takesOnlyReplicasForFollowers() {
    long epoch = cluster.get().broker(2).epoch();

    assertThat(partitions.checkFollower(role(Kind.LEADER, 5), 5, 2, epoch))
        .isEqualTo(ErrorCode.NONE);
    assertThat(partitions.checkFollower(role(Kind.LEADER, 5), 5, 3, 9))
        .isEqualTo(ErrorCode.UNKNOWN_LEADER_EPOCH);
    assertThat(partitions.checkFollower(role(Kind.LEADER, 5), -1, 3, 9))
        .isEqualTo(ErrorCode.NOT_LEADER_OR_FOLLOWER);
  }

  @Test
  void refusesAnEarlierIncarnationOfAFollower() {
    long epoch = cluster.get().broker(2).epoch();

    assertThat(partitions.checkFollower(role(Kind.LEADER, 5), 5, 2, epoch - 1))
        .isEqualTo(ErrorCode.NOT_LEADER_OR_FOLLOWER);
    assertThat(partitions.checkFollower(role(Kind.LEADER, 5), 5, 2, -1)).isEqualTo(ErrorCode.NONE);
  }

  @Test
  void sendsClientsToTheLeaderOfAPartitionThatIsElsewhere() {
    Uuid id = cluster.topic("t", 1);

    assertThat(partitions.whyMissing(id, 0)).isEqualTo(ErrorCode.NOT_LEADER_OR_FOLLOWER);
    assertThat(partitions.whyMissing("t", 0)).isEqualTo(ErrorCode.NOT_LEADER_OR_FOLLOWER);
    assertThat(partitions.whyMissing(id, 1)).isEqualTo(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION);
    assertThat(partitions.whyMissing(new Uuid(1, 1), 0)).isEqualTo(ErrorCode.UNKNOWN_TOPIC_ID);
    assertThat(partitions.whyMissing("u", 0)).isEqualTo(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION);
  }

  @Test
  void tellsWhoLeadsInstead() {
    Uuid id = cluster.topic("t", 1);
    int leader = cluster.get().topic("t").partition(0).leader();
    LeaderHints hints = new LeaderHints(partitions, "PLAINTEXT");
    List<String> told = new ArrayList<>();

    hints.of(id, 0, (node, epoch) -> told.add(node + " in " + epoch));
    hints.of("t", 0, (node, epoch) -> told.add(node + " in " + epoch));
    hints.of("t", 1, (node, epoch) -> told.add("nobody"));
    hints.nodes((node, endpoint, rack) -> told.add(node + " at " + endpoint.host() + " " + rack));

    assertThat(told)
        .containsExactly(
            leader + " in 0",
            leader + " in 0",
            leader + " at plaintext" + leader + " " + (leader == 1 ? "a" : "b"));
  }

  @Test
  void doesNotSendClientsToBrokersTheyCannotReach() {
    cluster.topic("t", 1);
    LeaderHints hints = new LeaderHints(partitions, "OTHER");
    List<Integer> nodes = new ArrayList<>();

    hints.of("t", 0, (node, epoch) -> {});
    hints.nodes((node, endpoint, rack) -> nodes.add(node));

    assertThat(nodes).isEmpty();
  }
}
