package io.ottla.metadata.controller;

import static org.assertj.core.api.Assertions.assertThat;

import io.ottla.metadata.controller.ControllerSettings.LeaderBalance;
import io.ottla.metadata.image.ConfigResource;
import io.ottla.metadata.image.LeaderRecoveryState;
import io.ottla.metadata.image.NodeIds;
import io.ottla.metadata.image.PartitionImage;
import io.ottla.wire.ErrorCode;
import io.ottla.wire.Uuid;
import io.ottla.wire.message.ElectLeadersRequest;
import io.ottla.wire.message.UpdateFeaturesRequest;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

class ElectionTest {

  private Cluster cluster = new Cluster();

  private PartitionImage partition(int number) {
    return cluster.partition("orders", number);
  }

  private void create() {
    cluster.with(1, 2, 3);
    cluster.create("orders", List.of(1, 2, 3), List.of(2, 3, 1), List.of(3, 1, 2));
  }

  /** Broker 2 restarts and comes back in sync, but leads no more. */
  private void demoteTwo() {
    cluster.start(2, cluster.broker(2).epoch());
    for (int i = 0; i < 3; i++) {
      assertThat(cluster.alterIsr("orders", i, 1, 2, 3)).isEqualTo(ErrorCode.NONE);
    }
    assertThat(partition(1).leader()).isEqualTo(3);
  }

  @Test
  void electsThePreferredLeader() {
    create();
    assertThat(cluster.elect(false, Map.of("orders", List.of(1, 9), "none", List.of(0))))
        .containsEntry("orders-1", ErrorCode.ELECTION_NOT_NEEDED)
        .containsEntry("orders-9", ErrorCode.UNKNOWN_TOPIC_OR_PARTITION)
        .containsEntry("none-0", ErrorCode.UNKNOWN_TOPIC_OR_PARTITION);
    demoteTwo();
    final int epoch = partition(1).leaderEpoch();
    assertThat(cluster.elect(false, Map.of("orders", List.of(1))))
        .containsOnly(Map.entry("orders-1", ErrorCode.NONE));
    assertThat(partition(1).leader()).isEqualTo(2);
    assertThat(partition(1).leaderEpoch()).isEqualTo(epoch + 1);
    assertThat(partition(1).isr().asList()).containsExactlyInAnyOrder(1, 2, 3);
  }

  @Test
  void electsAllThatNeedItAndTellsOfNoOthers() {
    create();
    assertThat(cluster.elect(false, null)).isEmpty();
    demoteTwo();
    assertThat(cluster.elect(false, null)).containsOnly(Map.entry("orders-1", ErrorCode.NONE));
    assertThat(partition(1).leader()).isEqualTo(2);
  }

  @Test
  void cannotElectAPreferredLeaderThatIsNotInSync() {
    create();
    cluster.fence(2);
    assertThat(cluster.elect(false, Map.of("orders", List.of(1))))
        .containsOnly(Map.entry("orders-1", ErrorCode.PREFERRED_LEADER_NOT_AVAILABLE));
    cluster.beat(2);
    assertThat(cluster.elect(false, Map.of("orders", List.of(1))))
        .containsOnly(Map.entry("orders-1", ErrorCode.PREFERRED_LEADER_NOT_AVAILABLE));
  }

  @Test
  void electsUncleanlyOnlyWhereNobodyLeadsAndSomebodyIsThere() {
    create();
    assertThat(cluster.elect(true, Map.of("orders", List.of(0))))
        .containsOnly(Map.entry("orders-0", ErrorCode.ELECTION_NOT_NEEDED));
    for (int i = 0; i < 3; i++) {
      // Nobody but broker 3 is in sync when it goes.
      cluster.fence(1);
      cluster.fence(2);
    }
    cluster.fence(3);
    assertThat(partition(0).hasLeader()).isFalse();
    assertThat(cluster.elect(true, Map.of("orders", List.of(0))))
        .containsOnly(Map.entry("orders-0", ErrorCode.ELIGIBLE_LEADERS_NOT_AVAILABLE));
    cluster.beat(2);
    assertThat(partition(0).hasLeader()).isFalse();
    assertThat(cluster.elect(true, null))
        .containsOnlyKeys("orders-0", "orders-1", "orders-2")
        .doesNotContainValue(ErrorCode.ELECTION_NOT_NEEDED);
    assertThat(partition(0).leader()).isEqualTo(2);
    assertThat(partition(0).isr()).isEqualTo(NodeIds.of(2));
    assertThat(partition(0).elr()).isEqualTo(NodeIds.EMPTY);
    assertThat(partition(0).recovery()).isEqualTo(LeaderRecoveryState.RECOVERING);
  }

  @Test
  void refusesAKindOfElectionItDoesNotKnow() {
    BrokersTest.assertFails(
        cluster.controller.electLeaders(new ElectLeadersRequest().electionType((byte) 7)),
        ErrorCode.INVALID_REQUEST);
  }

  @Test
  void sendsAdministratorsElsewhereWhateverTheyAskWhenItDoesNotLead() {
    create();
    cluster.quorum.resign();
    BrokersTest.assertFails(
        cluster.controller.electLeaders(
            new ElectLeadersRequest()
                .topicPartitions(
                    List.of(
                        new ElectLeadersRequest.TopicPartitions()
                            .topic("none")
                            .partitions(List.of(0))))),
        ErrorCode.NOT_CONTROLLER);
    BrokersTest.assertFails(
        cluster.controller.updateFeatures(
            new UpdateFeaturesRequest()
                .featureUpdates(
                    List.of(new UpdateFeaturesRequest.FeatureUpdateKey().feature("none")))),
        ErrorCode.NOT_CONTROLLER);
    BrokersTest.assertFails(
        cluster.controller.createTopics(
            List.of(new NewTopic("orders", 1, 1, List.of(), Map.of())), false),
        ErrorCode.NOT_CONTROLLER);
    BrokersTest.assertFails(
        cluster.controller.heartbeat(cluster.heartbeat(1)), ErrorCode.NOT_CONTROLLER);
    assertThat(cluster.controller.isActive()).isFalse();
    cluster.quorum.lead();
    assertThat(cluster.controller.isActive()).isTrue();
    assertThat(cluster.controller.activeId()).isEqualTo(1);
    assertThat(cluster.beat(1).errorCode()).isZero();
  }

  private void loseAllButOne(Map<String, String> configs) {
    cluster.with(1, 2);
    cluster.create("orders", configs, List.of(1, 2));
    cluster.fence(2);
    cluster.fence(1);
    assertThat(partition(0).hasLeader()).isFalse();
    assertThat(partition(0).elr()).isEqualTo(NodeIds.of(1));
  }

  @Test
  void electsUncleanlyByItselfWhereTheTopicAllowsIt() {
    loseAllButOne(Map.of("unclean.leader.election.enable", "true"));
    cluster.beat(2);
    assertThat(partition(0).leader()).isEqualTo(2);
    assertThat(partition(0).recovery()).isEqualTo(LeaderRecoveryState.RECOVERING);
  }

  @Test
  void electsUncleanlyAsSoonAsThatIsAllowed() {
    for (ConfigResource resource :
        List.of(
            ConfigResource.topic("orders"),
            ConfigResource.defaultBroker(),
            ConfigResource.broker(1))) {
      cluster = new Cluster();
      loseAllButOne(Map.of());
      cluster.beat(2);
      assertThat(partition(0).hasLeader()).isFalse();
      cluster.configure(resource, "unclean.leader.election.enable", "true");
      assertThat(partition(0).leader()).isEqualTo(2);
    }
  }

  @Test
  void letsTheTopicForbidWhatTheClusterAllows() {
    Cluster.Options options = new Cluster.Options();
    options.uncleanElection = true;
    cluster = new Cluster(options);
    cluster.with(1, 2);
    cluster.create("metrics", List.of(1, 2));
    cluster.create("orders", Map.of("unclean.leader.election.enable", "false"), List.of(1, 2));
    cluster.fence(2);
    cluster.fence(1);
    cluster.beat(2);
    assertThat(partition(0).hasLeader()).isFalse();
    assertThat(cluster.partition("metrics", 0).leader()).isEqualTo(2);
  }

  @Test
  void recoversUncleanlyWhenTheNewControllersFileAllowsIt() {
    loseAllButOne(Map.of());
    cluster.beat(2);
    assertThat(partition(0).hasLeader()).isFalse();
    cluster.quorum.resign();
    Controller other =
        new Controller(
            cluster.quorum,
            cluster.stateMachine,
            cluster.publication,
            new LenientRules(),
            new ControllerSettings(
                2,
                1,
                brokers -> 1,
                1,
                true,
                9_000,
                LeaderBalance.DEFAULT,
                Map.of(),
                Map.of(),
                new Random(1),
                Uuid::random),
            new PromptShard());
    ControllerFixture.get(other.start());
    assertThat(partition(0).leader()).isEqualTo(2);
  }

  @Test
  void givesLeadershipBackToPreferredLeadersFromTimeToTime() {
    Cluster.Options options = new Cluster.Options();
    options.balance = new LeaderBalance(true, 60_000, 10);
    cluster = new Cluster(options);
    create();
    demoteTwo();
    passWithHeartbeats(50);
    assertThat(partition(1).leader()).isEqualTo(3);
    passWithHeartbeats(20);
    assertThat(partition(1).leader()).isEqualTo(2);
    int logged = cluster.quorum.log().size();
    passWithHeartbeats(200);
    assertThat(cluster.quorum.log()).hasSize(logged);
  }

  @Test
  void leavesAnImbalanceAloneThatIsNotAboveThePercentage() {
    Cluster.Options options = new Cluster.Options();
    options.balance = new LeaderBalance(true, 60_000, 100);
    cluster = new Cluster(options);
    create();
    demoteTwo();
    passWithHeartbeats(200);
    assertThat(partition(1).leader()).isEqualTo(3);
  }

  private void passWithHeartbeats(int seconds) {
    for (int i = 0; i < seconds; i++) {
      cluster.shard.passMs(1_000);
      cluster.image().brokers().keySet().forEach(cluster::beat);
    }
  }
}
