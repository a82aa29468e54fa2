package io.ottla.metadata.controller;

import static io.ottla.metadata.controller.Cluster.SESSION_MS;
import static io.ottla.metadata.controller.Cluster.directory;
import static io.ottla.metadata.controller.Cluster.registration;
import static org.assertj.core.api.Assertions.assertThat;

import io.ottla.metadata.image.MetadataDelta.BrokerFenced;
import io.ottla.metadata.image.MetadataDelta.BrokerShuttingDown;
import io.ottla.metadata.image.MetadataDelta.BrokerUnregistered;
import io.ottla.metadata.image.NodeIds;
import io.ottla.metadata.image.PartitionImage;
import io.ottla.wire.ErrorCode;
import io.ottla.wire.Uuid;
import io.ottla.wire.message.BrokerHeartbeatRequest;
import io.ottla.wire.message.BrokerHeartbeatResponse;
import io.ottla.wire.message.BrokerRegistrationRequest;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class BrokerLifeTest {

  private final Cluster cluster = new Cluster();

  private ErrorCode registered(BrokerRegistrationRequest request) {
    return ErrorCode.forCode(cluster.register(request).errorCode());
  }

  @Test
  void registersABrokerFencedUntilItHasSeenItsOwnRegistration() {
    long epoch = cluster.register(registration(2, -1)).brokerEpoch();
    assertThat(epoch).isEqualTo(cluster.broker(2).epoch()).isEqualTo(cluster.image().offset());
    assertThat(cluster.broker(2).fenced()).isTrue();
    BrokerHeartbeatResponse behind =
        cluster.beat(cluster.heartbeat(2).currentMetadataOffset(epoch - 1));
    assertThat(behind.isFenced()).isTrue();
    assertThat(behind.isCaughtUp()).isFalse();
    BrokerHeartbeatResponse unwilling =
        cluster.beat(cluster.heartbeat(2).currentMetadataOffset(epoch).wantFence(true));
    assertThat(unwilling.isFenced()).isTrue();
    assertThat(unwilling.isCaughtUp()).isTrue();
    assertThat(cluster.broker(2).fenced()).isTrue();
    BrokerHeartbeatResponse willing =
        cluster.beat(cluster.heartbeat(2).currentMetadataOffset(epoch));
    assertThat(willing.isFenced()).isFalse();
    assertThat(cluster.broker(2).fenced()).isFalse();
  }

  @Test
  void fencesBrokersThatWishItAsLongAsSomebodyIsLeft() {
    cluster.start(2);
    cluster.start(3);
    assertThat(cluster.beat(cluster.heartbeat(2).wantFence(true)).isFenced()).isTrue();
    assertThat(cluster.beat(cluster.heartbeat(3).wantFence(true)).isFenced()).isFalse();
    assertThat(cluster.broker(3).fenced()).as("the last one").isFalse();
    assertThat(cluster.beat(cluster.heartbeat(2).wantFence(true)).isFenced()).isTrue();

    assertThat(cluster.beat(2).isFenced()).isFalse();
    assertThat(cluster.beat(cluster.heartbeat(3).wantFence(true)).isFenced()).isTrue();
    assertThat(
            cluster.beat(cluster.heartbeat(2).wantFence(true).wantShutDown(true)).shouldShutDown())
        .as("one that stops does so")
        .isTrue();
    assertThat(cluster.broker(2).fenced()).isTrue();
  }

  @Test
  void takesARestartedBrokerBackAtOnceByItsLogDirectories() {
    long before = cluster.start(2);
    assertThat(registered(registration(2, -1))).isEqualTo(ErrorCode.NONE);
    assertThat(cluster.broker(2).epoch()).isGreaterThan(before);
    assertThat(cluster.broker(2).fenced()).isTrue();
    // One of its disks was replaced meanwhile.
    assertThat(registered(registration(2, -1, new Uuid(8, 8), directory(2))))
        .isEqualTo(ErrorCode.NONE);
  }

  @Test
  void refusesAnotherProcessUnderTheIdOfABrokerThatIsAlive() {
    long epoch = cluster.start(2);
    BrokerRegistrationRequest other = registration(2, -1, new Uuid(9, 9));
    assertThat(registered(other)).isEqualTo(ErrorCode.DUPLICATE_BROKER_REGISTRATION);
    cluster.shard.passMs(SESSION_MS - 1_000);
    cluster.beat(2);
    cluster.shard.passMs(SESSION_MS - 1_000);
    assertThat(registered(other)).isEqualTo(ErrorCode.DUPLICATE_BROKER_REGISTRATION);
    assertThat(cluster.broker(2).epoch()).isEqualTo(epoch);
    cluster.shard.passMs(2_000);
    assertThat(registered(other)).isEqualTo(ErrorCode.NONE);
    assertThat(cluster.broker(2).epoch()).isGreaterThan(epoch);
  }

  @Test
  void doesNotTakeBackAProcessThatWasReplacedAsLongAsItsSuccessorIsAlive() {
    BrokerRegistrationRequest first = registration(2, -1);
    final long epoch = cluster.register(first).brokerEpoch();
    // A copy of its directories was started elsewhere.
    cluster.start(2);
    first.previousBrokerEpoch(epoch);
    assertThat(registered(first)).isEqualTo(ErrorCode.DUPLICATE_BROKER_REGISTRATION);
    cluster.shard.passMs(SESSION_MS + 1_000);
    assertThat(registered(first)).isEqualTo(ErrorCode.NONE);
  }

  @Test
  void refusesAnotherProcessAlsoWhileTheFirstHasNotSentAHeartbeatYet() {
    cluster.register(registration(2, -1));
    assertThat(registered(registration(2, -1, new Uuid(9, 9))))
        .isEqualTo(ErrorCode.DUPLICATE_BROKER_REGISTRATION);
  }

  @Test
  void keepsEpochAndFencingWhenTheSameProcessRegistersAgain() {
    BrokerRegistrationRequest request = registration(2, -1);
    final long epoch = cluster.register(request).brokerEpoch();
    cluster.beat(2);
    request.rack("elsewhere");
    assertThat(cluster.register(request).brokerEpoch()).isEqualTo(epoch);
    assertThat(cluster.broker(2).rack()).isEqualTo("elsewhere");
    assertThat(cluster.broker(2).fenced()).isFalse();
  }

  @Test
  void refusesABrokerOfAnotherClusterOrWithoutFeaturesOrDirectories() {
    assertThat(registered(registration(2, -1).clusterId("other")))
        .isEqualTo(ErrorCode.INCONSISTENT_CLUSTER_ID);
    assertThat(registered(registration(2, -1).features(List.of())))
        .isEqualTo(ErrorCode.INVALID_REGISTRATION);
    assertThat(registered(registration(2, -1).logDirs(List.of())))
        .isEqualTo(ErrorCode.INVALID_REGISTRATION);
    assertThat(registered(registration(2, -1, new Uuid(0, 1))))
        .isEqualTo(ErrorCode.INVALID_REGISTRATION);
    assertThat(registered(registration(2, -1).isMigratingZkBroker(true)))
        .isEqualTo(ErrorCode.BROKER_ID_NOT_REGISTERED);
    cluster.start(3);
    assertThat(registered(registration(2, -1, directory(3))))
        .isEqualTo(ErrorCode.INVALID_REGISTRATION);
    List<BrokerRegistrationRequest.Feature> old = new ArrayList<>();
    registration(2, -1)
        .features()
        .forEach(
            feature ->
                old.add(
                    feature.name().equals("metadata.version")
                        ? feature.maxSupportedVersion((short) 29)
                        : feature));
    assertThat(registered(registration(2, -1).features(old)))
        .isEqualTo(ErrorCode.UNSUPPORTED_VERSION);
  }

  @Test
  void refusesHeartbeatsOfNobodyAndOfADeadSelf() {
    cluster.start(2);
    BrokerHeartbeatRequest old = cluster.heartbeat(2);
    cluster.start(2);
    assertThat(cluster.beat(old).errorCode()).isEqualTo(ErrorCode.STALE_BROKER_EPOCH.code());
    assertThat(cluster.beat(new BrokerHeartbeatRequest().brokerId(9)).errorCode())
        .isEqualTo(ErrorCode.BROKER_ID_NOT_REGISTERED.code());
  }

  @Test
  void fencesABrokerThatIsNotHeardOfForASession() {
    cluster.with(1, 2, 3);
    cluster.create("orders", List.of(1, 2, 3));
    for (int i = 0; i < 20; i++) {
      cluster.shard.passMs(1_000);
      cluster.beat(2);
      cluster.beat(3);
      if (i == 6) {
        assertThat(cluster.broker(1).fenced()).isFalse();
      }
    }
    assertThat(cluster.broker(1).fenced()).isTrue();
    assertThat(cluster.broker(2).fenced()).isFalse();
    assertThat(cluster.deltas.stream().filter(BrokerFenced.class::isInstance)).hasSize(1);
    PartitionImage partition = cluster.partition("orders", 0);
    assertThat(partition.leader()).isEqualTo(2);
    assertThat(partition.leaderEpoch()).isEqualTo(1);
    assertThat(partition.isr()).isEqualTo(NodeIds.of(2, 3));
    cluster.beat(1);
    assertThat(cluster.broker(1).fenced()).isFalse();
    assertThat(cluster.partition("orders", 0)).isEqualTo(partition);
  }

  @Test
  void takesAFencedBrokerBackWhenItKnowsWhatItLeadsNoMore() {
    cluster.with(1, 2, 3);
    cluster.create("orders", List.of(1, 2, 3));
    final long before = cluster.image().offset();
    cluster.shard.passMs(SESSION_MS - 1_000);
    cluster.beat(2);
    cluster.beat(3);
    cluster.shard.passMs(2_000);
    assertThat(cluster.broker(1).fenced()).isTrue();
    final long moved = cluster.image().offset();

    assertThat(cluster.beat(cluster.heartbeat(1).currentMetadataOffset(before)).isFenced())
        .isTrue();
    cluster.create("payments", List.of(2, 3));
    assertThat(cluster.beat(cluster.heartbeat(1).currentMetadataOffset(moved)).isFenced())
        .isFalse();
  }

  @Test
  void knowsAsANewControllerThatAFencedBrokerHasToHearOfIt() {
    cluster.with(1, 2, 3);
    final long before = cluster.image().offset();
    cluster.fence(1);
    cluster.quorum.resign();
    cluster.quorum.lead();

    assertThat(cluster.beat(cluster.heartbeat(1).currentMetadataOffset(before)).isFenced())
        .isTrue();
    assertThat(cluster.beat(1).isFenced()).isFalse();
  }

  @Test
  void writesNothingToTheLogForAHeartbeatThatChangesNothing() {
    cluster.with(1, 2);
    int logged = cluster.quorum.log().size();
    for (int i = 0; i < 50; i++) {
      cluster.shard.passMs(1_000);
      cluster.beat(1);
      cluster.beat(2);
    }
    assertThat(cluster.quorum.log()).hasSize(logged);
  }

  @Test
  void givesEveryBrokerAWholeSessionUnderANewController() {
    cluster.with(1, 2);
    cluster.shard.passMs(SESSION_MS - 500);
    cluster.quorum.resign();
    cluster.shard.passMs(60_000);
    assertThat(cluster.broker(2).fenced()).isFalse();
    cluster.quorum.lead();
    cluster.shard.passMs(SESSION_MS - 500);
    assertThat(cluster.broker(2).fenced()).isFalse();
    cluster.shard.passMs(1_000);
    assertThat(cluster.broker(2).fenced()).isTrue();
  }

  @Test
  void fencesNobodyBecauseItWasAsleepItself() {
    cluster.with(1, 2);
    cluster.shard.sleepMs(60_000);
    assertThat(cluster.broker(1).fenced()).isFalse();
    cluster.shard.passMs(SESSION_MS - 500);
    cluster.beat(1);
    cluster.shard.passMs(1_000);
    assertThat(cluster.broker(1).fenced()).isFalse();
    assertThat(cluster.broker(2).fenced()).isTrue();
  }

  @Test
  void movesLeadersAwayBeforeABrokerStopsAndWaitsUntilTheOthersKnow() {
    cluster.with(1, 2, 3);
    cluster.create("orders", List.of(1, 2, 3), List.of(2, 3, 1));
    final long before = cluster.image().offset();
    BrokerHeartbeatResponse asked = cluster.beat(cluster.heartbeat(1).wantShutDown(true));
    assertThat(asked.shouldShutDown()).isFalse();
    assertThat(asked.isFenced()).isFalse();
    assertThat(cluster.broker(1).inControlledShutdown()).isTrue();
    assertThat(cluster.broker(1).fenced()).isFalse();
    assertThat(cluster.deltas).hasAtLeastOneElementOfType(BrokerShuttingDown.class);
    for (int i = 0; i < 2; i++) {
      assertThat(cluster.partition("orders", i).leader()).isIn(2, 3);
      assertThat(cluster.partition("orders", i).isr().contains(1)).isFalse();
    }
    // It does not come back in sync, and is not elected, however long it takes.
    assertThat(cluster.alterIsr("orders", 0, 2, 3, 1)).isEqualTo(ErrorCode.INELIGIBLE_REPLICA);
    cluster.beat(cluster.heartbeat(2).currentMetadataOffset(before));
    cluster.beat(cluster.heartbeat(3));
    assertThat(cluster.beat(cluster.heartbeat(1).wantShutDown(true)).shouldShutDown()).isFalse();
    cluster.controller.progressed(2, cluster.image().offset());
    BrokerHeartbeatResponse granted = cluster.beat(cluster.heartbeat(1).wantShutDown(true));
    assertThat(granted.shouldShutDown()).isTrue();
    assertThat(granted.isFenced()).isTrue();
    assertThat(cluster.broker(1).fenced()).isTrue();
    // Asked once more, because the answer was lost.
    assertThat(cluster.beat(cluster.heartbeat(1).wantShutDown(true)).shouldShutDown()).isTrue();
  }

  @Test
  void goesOnWithAShutdownThatAnEarlierControllerBegan() {
    cluster.with(1, 2, 3);
    cluster.create("orders", List.of(1, 2, 3));
    cluster.beat(cluster.heartbeat(1).wantShutDown(true));
    cluster.quorum.resign();
    cluster.quorum.lead();
    assertThat(cluster.beat(cluster.heartbeat(1).wantShutDown(true)).shouldShutDown()).isFalse();
    cluster.beat(2);
    cluster.beat(3);
    assertThat(cluster.beat(cluster.heartbeat(1).wantShutDown(true)).shouldShutDown()).isTrue();
  }

  @Test
  void letsABrokerStopAtOnceThatLeadsNothingOrHasNobodyToWaitFor() {
    cluster.with(1, 2);
    assertThat(cluster.beat(cluster.heartbeat(2).wantShutDown(true)).shouldShutDown()).isTrue();
    cluster.create("orders", List.of(1));
    assertThat(cluster.beat(cluster.heartbeat(1).wantShutDown(true)).shouldShutDown()).isTrue();
    PartitionImage partition = cluster.partition("orders", 0);
    assertThat(partition.hasLeader()).isFalse();
    assertThat(partition.elr()).isEqualTo(NodeIds.of(1));
    cluster.start(1, cluster.broker(1).epoch());
    assertThat(cluster.partition("orders", 0).leader()).isEqualTo(1);
    assertThat(cluster.partition("orders", 0).recovery().id()).isZero();
  }

  @Test
  void forgetsABrokerThatIsUnregistered() {
    cluster.with(1, 2);
    cluster.create("orders", Map.of("min.insync.replicas", "1"), List.of(2, 1));
    assertThat(cluster.unregister(9)).isEqualTo(ErrorCode.BROKER_ID_NOT_REGISTERED);
    assertThat(cluster.unregister(2)).isEqualTo(ErrorCode.NONE);
    assertThat(cluster.broker(2)).isNull();
    assertThat(cluster.deltas).hasAtLeastOneElementOfType(BrokerUnregistered.class);
    assertThat(cluster.partition("orders", 0).leader()).isEqualTo(1);
    assertThat(cluster.partition("orders", 0).isr()).isEqualTo(NodeIds.of(1));
    assertThat(cluster.partition("orders", 0).replicas()).isEqualTo(NodeIds.of(2, 1));
    cluster.start(2);
    assertThat(cluster.alterIsr("orders", 0, 1, 2)).isEqualTo(ErrorCode.NONE);
  }
}
