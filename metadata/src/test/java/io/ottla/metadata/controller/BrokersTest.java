package io.ottla.metadata.controller;

import static io.ottla.metadata.controller.ControllerFixture.get;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ottla.metadata.image.BrokerImage;
import io.ottla.metadata.image.FeatureRange;
import io.ottla.metadata.image.NodeIds;
import io.ottla.metadata.image.PartitionImage;
import io.ottla.metadata.quorum.QuorumException;
import io.ottla.wire.ErrorCode;
import io.ottla.wire.Uuid;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

class BrokersTest {

  private final ControllerFixture fixture = new ControllerFixture();

  @Test
  void registersABrokerFencedUnderTheCommandsOffset() {
    long epoch = get(fixture.brokers.register(SingleNode.broker(1)));
    BrokerImage broker = fixture.image().broker(1);
    assertThat(epoch).isEqualTo(fixture.image().offset()).isEqualTo(broker.epoch());
    assertThat(broker.fenced()).isTrue();
    get(fixture.brokers.unfence(1, epoch));
    assertThat(fixture.image().broker(1).fenced()).isFalse();
  }

  @Test
  void keepsEpochAndFencingWhenTheSameProcessRegistersAgain() {
    BrokerImage broker = SingleNode.broker(2);
    long epoch = get(fixture.brokers.register(broker));
    get(fixture.brokers.unfence(2, epoch));
    assertThat(get(fixture.brokers.register(broker))).isEqualTo(epoch);
    assertThat(fixture.image().broker(2).fenced()).isFalse();
  }

  @Test
  void replacesItsOwnBrokersDeadRegistrationAtOnce() {
    long before = fixture.startBroker(1);
    fixture.create("orders", 2, 1);
    long epoch = get(fixture.brokers.register(SingleNode.broker(1)));
    assertThat(epoch).isGreaterThan(before);
    for (PartitionImage partition : fixture.image().topic("orders").partitions()) {
      assertThat(partition.hasLeader()).isFalse();
      assertThat(partition.isr()).isEqualTo(NodeIds.of(1));
      assertThat(partition.leaderEpoch()).isEqualTo(1);
    }
    get(fixture.brokers.unfence(1, epoch));
    for (PartitionImage partition : fixture.image().topic("orders").partitions()) {
      assertThat(partition.leader()).isEqualTo(1);
      assertThat(partition.leaderEpoch()).isEqualTo(2);
      assertThat(partition.partitionEpoch()).isEqualTo(2);
    }
  }

  @Test
  void refusesARegistrationThatMakesNoSense() {
    fixture.startBroker(2);
    BrokerImage good = SingleNode.broker(1);
    assertFails(fixture.brokers.register(SingleNode.broker(-1)), ErrorCode.INVALID_REGISTRATION);
    assertFails(
        fixture.brokers.register(withDirectories(good, List.of())), ErrorCode.INVALID_REGISTRATION);
    Uuid own = good.directories().getFirst();
    assertFails(
        fixture.brokers.register(withDirectories(good, List.of(own, own))),
        ErrorCode.INVALID_REGISTRATION);
    assertFails(
        fixture.brokers.register(withDirectories(good, SingleNode.broker(2).directories())),
        ErrorCode.INVALID_REGISTRATION);
  }

  @Test
  void refusesABrokerThatLacksAFinalizedFeature() {
    fixture.quorum.submit(
        CommandCodec.encode(
            fixture.quorum.leaderTerm(),
            Planner.UNKNOWN,
            new Command.SetFeatures(Map.of("metadata.version", (short) 9), Map.of())));
    assertFails(fixture.brokers.register(SingleNode.broker(1)), ErrorCode.UNSUPPORTED_VERSION);
    TreeMap<String, FeatureRange> features = new TreeMap<>();
    features.put("metadata.version", new FeatureRange((short) 7, (short) 9));
    assertThat(get(fixture.brokers.register(withFeatures(features)))).isPositive();
  }

  @Test
  void refusesAnEpochThatIsNotTheBrokers() {
    long epoch = fixture.startBroker(1);
    assertFails(fixture.brokers.unfence(1, epoch - 1), ErrorCode.STALE_BROKER_EPOCH);
    assertFails(fixture.brokers.fence(1, epoch + 1), ErrorCode.STALE_BROKER_EPOCH);
    assertFails(fixture.brokers.allocate(1, epoch - 1), ErrorCode.STALE_BROKER_EPOCH);
    assertFails(fixture.brokers.unfence(9, epoch), ErrorCode.BROKER_ID_NOT_REGISTERED);
  }

  @Test
  void movesLeadershipToAnInSyncReplicaWhenTheLeaderStops() {
    fixture.withBrokers(1, 2, 3, 4);
    fixture.create(
        new NewTopic(
            "orders",
            -1,
            -1,
            List.of(
                new NewTopic.Assignment(0, List.of(1, 2, 3)),
                new NewTopic.Assignment(1, List.of(2, 3, 1)),
                new NewTopic.Assignment(2, List.of(3, 2, 4))),
            Map.of()));
    get(fixture.brokers.fence(1, fixture.image().broker(1).epoch()));
    PartitionImage led = fixture.image().topic("orders").partition(0);
    assertThat(led.leader()).isEqualTo(2);
    assertThat(led.isr()).isEqualTo(NodeIds.of(2, 3));
    assertThat(led.leaderEpoch()).isEqualTo(1);
    PartitionImage followed = fixture.image().topic("orders").partition(1);
    assertThat(followed.leader()).isEqualTo(2);
    assertThat(followed.isr()).isEqualTo(NodeIds.of(2, 3));
    assertThat(followed.leaderEpoch()).isZero();
    assertThat(followed.partitionEpoch()).isEqualTo(1);
    PartitionImage elsewhere = fixture.image().topic("orders").partition(2);
    assertThat(elsewhere.partitionEpoch()).isZero();
    // It comes back as a replica out of sync, and leads nothing.
    fixture.startBroker(1);
    assertThat(fixture.image().topic("orders").partition(0)).isEqualTo(led);
  }

  @Test
  void electsNobodyOutsideTheInSyncReplicas() {
    fixture.withBrokers(1, 2);
    fixture.create(
        new NewTopic(
            "orders", -1, -1, List.of(new NewTopic.Assignment(0, List.of(1, 2))), Map.of()));
    get(fixture.brokers.fence(1, fixture.image().broker(1).epoch()));
    get(fixture.brokers.fence(2, fixture.image().broker(2).epoch()));
    PartitionImage partition = fixture.image().topic("orders").partition(0);
    assertThat(partition.hasLeader()).isFalse();
    assertThat(partition.isr()).isEqualTo(NodeIds.of(2));
    fixture.startBroker(1);
    assertThat(fixture.image().topic("orders").partition(0).hasLeader()).isFalse();
    fixture.startBroker(2);
    assertThat(fixture.image().topic("orders").partition(0).leader()).isEqualTo(2);
  }

  @Test
  void givesEveryBlockOfProducerIdsOnce() {
    long first = fixture.startBroker(1);
    long second = fixture.startBroker(2);
    assertThat(get(fixture.brokers.allocate(1, first))).isEqualTo(new ProducerIdBlock(0, 1000));
    assertThat(get(fixture.brokers.allocate(2, second))).isEqualTo(new ProducerIdBlock(1000, 1000));
    assertThat(get(fixture.brokers.allocate(1, first)).first()).isEqualTo(2000);
    assertThat(fixture.image().nextProducerId()).isEqualTo(3000);
  }

  @Test
  void givesANewClusterItsFirstFeatureLevels() {
    assertThat(fixture.image().features())
        .containsOnly(
            Map.entry("group.version", (short) 0), Map.entry("metadata.version", (short) 0));
  }

  @Test
  void leavesAnOldClustersFeaturesAsTheyAre() {
    int logged = fixture.quorum.log().size();
    Controller newer =
        new Controller(
            fixture.quorum,
            fixture.stateMachine,
            fixture.publication,
            new LenientRules(),
            new ControllerSettings(
                1,
                1,
                brokers -> 1,
                Map.of("share.version", (short) 1),
                new Random(1),
                Uuid::random),
            new PromptShard());
    get(newer.start());
    assertThat(fixture.quorum.log()).hasSize(logged);
    assertThat(fixture.image().features()).doesNotContainKey("share.version");
  }

  @Test
  void refusesCommandsPlannedUnderADeposedController() {
    fixture.startBroker(1);
    fixture.quorum.beforeNext(fixture.quorum::lead);
    assertFails(
        fixture.controller.createTopics(
            List.of(new NewTopic("orders", 1, 1, List.of(), Map.of())), false),
        ErrorCode.NOT_CONTROLLER);
    assertThat(fixture.image().topic("orders")).isNull();
  }

  @Test
  void namesWhatTheQuorumCouldNotDo() {
    long epoch = fixture.startBroker(1);
    fixture.quorum.failWith(new QuorumException.OutcomeUnknown("lost", null));
    assertFails(fixture.brokers.allocate(1, epoch), ErrorCode.REQUEST_TIMED_OUT);
    fixture.quorum.failWith(new QuorumException.NotLeader("no"));
    assertFails(fixture.controller.deleteTopics(List.of(Uuid.ONE)), ErrorCode.NOT_CONTROLLER);
    fixture.quorum.failWith(new QuorumException.Overloaded("full"));
    assertFails(fixture.brokers.allocate(1, epoch), ErrorCode.REQUEST_TIMED_OUT);
    fixture.quorum.failWith(null);
    fixture.quorum.resign();
    assertFails(fixture.brokers.allocate(1, epoch), ErrorCode.NOT_CONTROLLER);
    assertFails(
        fixture.controller.createTopics(
            List.of(new NewTopic("orders", 1, 1, List.of(), Map.of())), true),
        ErrorCode.NOT_CONTROLLER);
  }

  private static BrokerImage withDirectories(BrokerImage broker, List<Uuid> directories) {
    return new BrokerImage(
        broker.id(),
        -1,
        broker.incarnationId(),
        broker.endpoints(),
        null,
        broker.features(),
        directories,
        false);
  }

  private static BrokerImage withFeatures(TreeMap<String, FeatureRange> features) {
    BrokerImage broker = SingleNode.broker(1);
    return new BrokerImage(
        1,
        -1,
        broker.incarnationId(),
        broker.endpoints(),
        null,
        features,
        broker.directories(),
        false);
  }

  static void assertFails(CompletableFuture<?> future, ErrorCode error) {
    assertThatThrownBy(() -> get(future))
        .isInstanceOfSatisfying(
            ControllerException.class, e -> assertThat(e.error()).isEqualTo(error));
  }
}
