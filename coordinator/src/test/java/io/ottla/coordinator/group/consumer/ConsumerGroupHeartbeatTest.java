package io.ottla.coordinator.group.consumer;

import static io.ottla.coordinator.group.consumer.ConsumerBed.GROUP;
import static io.ottla.coordinator.group.consumer.ConsumerBed.beat;
import static io.ottla.coordinator.group.consumer.ConsumerBed.join;
import static io.ottla.coordinator.group.consumer.ConsumerBed.owned;
import static org.assertj.core.api.Assertions.assertThat;

import io.ottla.coordinator.CoordinatorRecord;
import io.ottla.coordinator.CoordinatorResult;
import io.ottla.wire.ErrorCode;
import io.ottla.wire.message.ConsumerGroupHeartbeatResponse;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class ConsumerGroupHeartbeatTest {

  private final ConsumerBed bed =
      new ConsumerBed().topics(TestTopics.NONE.with("t", 4).with("u", 2)).start();

  @AfterEach
  void whatWasWrittenSaysWhatIs() {
    bed.assertReplayEqualsLiveState();
  }

  private List<Short> types() {
    return bed.newRecords().stream().map(CoordinatorRecord::type).toList();
  }

  @Test
  void theFirstMemberGetsEverything() {
    ConsumerGroupHeartbeatResponse response = bed.ok(join("a", "t", "u"));
    assertThat(response.memberId()).isEqualTo("a");
    assertThat(response.memberEpoch()).isEqualTo(2);
    assertThat(response.heartbeatIntervalMs()).isEqualTo(5_000);
    assertThat(bed.assigned(response))
        .isEqualTo(Map.of("t", Set.of(0, 1, 2, 3), "u", Set.of(0, 1)));
    // Member, group epoch, target, target epoch, current.
    assertThat(types()).containsExactly((short) 5, (short) 3, (short) 7, (short) 6, (short) 8);
    assertThat(bed.group().state()).isEqualTo(ConsumerGroupState.STABLE);
  }

  @Test
  void aHeartbeatThatSaysNothingWritesNothing() {
    bed.ok(join("a", "t"));
    bed.newRecords();
    ConsumerGroupHeartbeatResponse response = bed.ok(beat("a", 2));
    assertThat(response.memberEpoch()).isEqualTo(2);
    assertThat(response.assignment()).isNull();
    assertThat(bed.newRecords()).isEmpty();
  }

  @Test
  void aFullRequestIsAnsweredWithTheAssignment() {
    bed.ok(join("a", "t"));
    bed.newRecords();
    ConsumerGroupHeartbeatResponse response =
        bed.ok(
            join("a", "t").memberEpoch(2).topicPartitions(owned(bed.topics.partitions("t", 0, 1))));
    assertThat(bed.assigned(response)).isEqualTo(Map.of("t", Set.of(0, 1, 2, 3)));
    assertThat(bed.newRecords()).isEmpty();
  }

  @Test
  void whatMovesIsGivenUpBeforeItIsGiven() {
    bed.ok(join("a", "t"));
    ConsumerGroupHeartbeatResponse b = bed.ok(join("b", "t"));
    assertThat(b.memberEpoch()).isEqualTo(3);
    assertThat(bed.assigned(b)).isEmpty();
    assertThat(bed.group().state()).isEqualTo(ConsumerGroupState.RECONCILING);

    // It is told to give up half, and stays in its epoch until it has.
    ConsumerGroupHeartbeatResponse a = bed.ok(beat("a", 2));
    assertThat(a.memberEpoch()).isEqualTo(2);
    Set<Integer> kept = bed.assigned(a).get("t");
    assertThat(kept).hasSize(2);
    assertThat(bed.member("a").current().state()).isEqualTo(MemberState.UNREVOKED_PARTITIONS);
    assertThat(bed.ok(beat("b", 3)).assignment()).isNull();
    assertThat(bed.ok(beat("a", 2)).memberEpoch()).isEqualTo(2);

    a = bed.ok(beat("a", 2).topicPartitions(owned(Map.of(bed.topics.id("t"), kept))));
    assertThat(a.memberEpoch()).isEqualTo(3);
    b = bed.ok(beat("b", 3));
    assertThat(bed.assigned(b).get("t")).hasSize(2).doesNotContainAnyElementsOf(kept);
    assertThat(bed.group().state()).isEqualTo(ConsumerGroupState.STABLE);
  }

  @Test
  void theServerNamesMembersOfVersionZero() {
    ConsumerGroupHeartbeatResponse response = bed.ask(join("", "t"), 0).get();
    assertThat(response.memberId()).isEqualTo("server-0");
    assertThat(bed.member("server-0")).isNotNull();
    assertThat(bed.ask(join("", "t"), 1).get().errorCode())
        .isEqualTo(ErrorCode.INVALID_REQUEST.code());
  }

  @Test
  void requestsThatCannotBeRightAreRefused() {
    assertThat(bed.error(join("a", "t").groupId(" "))).isEqualTo(ErrorCode.INVALID_REQUEST);
    assertThat(bed.error(join("a", "t").instanceId(""))).isEqualTo(ErrorCode.INVALID_REQUEST);
    assertThat(bed.error(join("a", "t").rackId(""))).isEqualTo(ErrorCode.INVALID_REQUEST);
    assertThat(bed.error(join("a", "t").rebalanceTimeoutMs(-1)))
        .isEqualTo(ErrorCode.INVALID_REQUEST);
    assertThat(bed.error(join("a", "t").topicPartitions(null)))
        .isEqualTo(ErrorCode.INVALID_REQUEST);
    assertThat(bed.error(join("a", "t").topicPartitions(owned(bed.topics.partitions("t", 0)))))
        .isEqualTo(ErrorCode.INVALID_REQUEST);
    assertThat(bed.error(join("a").subscribedTopicNames(null)))
        .isEqualTo(ErrorCode.INVALID_REQUEST);
    assertThat(bed.error(beat("a", -2))).isEqualTo(ErrorCode.INVALID_REQUEST);
    assertThat(bed.error(beat("a", -3))).isEqualTo(ErrorCode.INVALID_REQUEST);
    assertThat(bed.error(join("a", "t").serverAssignor("sticky")))
        .isEqualTo(ErrorCode.UNSUPPORTED_ASSIGNOR);
    assertThat(bed.newRecords()).isEmpty();
    assertThat(bed.group()).isNull();
  }

  @Test
  void whoIsNotInTheGroupIsTold() {
    assertThat(bed.error(beat("a", 1))).isEqualTo(ErrorCode.GROUP_ID_NOT_FOUND);
    assertThat(bed.error(beat("a", -1))).isEqualTo(ErrorCode.GROUP_ID_NOT_FOUND);
    bed.ok(join("a", "t"));
    assertThat(bed.error(beat("b", 2))).isEqualTo(ErrorCode.UNKNOWN_MEMBER_ID);
    assertThat(bed.error(beat("b", -1))).isEqualTo(ErrorCode.UNKNOWN_MEMBER_ID);
    assertThat(bed.error(beat("b", 2).instanceId("i"))).isEqualTo(ErrorCode.UNKNOWN_MEMBER_ID);
  }

  @Test
  void aMemberWithAnotherEpochIsFenced() {
    bed.ok(join("a", "t"));
    assertThat(bed.error(beat("a", 3))).isEqualTo(ErrorCode.FENCED_MEMBER_EPOCH);
    assertThat(bed.error(beat("a", 1))).isEqualTo(ErrorCode.FENCED_MEMBER_EPOCH);
  }

  @Test
  void theEpochBeforeWillDoIfTheAnswerWasLost() {
    bed.ok(join("a", "t"));
    bed.ok(join("b", "t"));
    ConsumerGroupHeartbeatResponse told = bed.ok(beat("a", 2));
    Set<Integer> kept = bed.assigned(told).get("t");
    bed.ok(beat("a", 2).topicPartitions(owned(Map.of(bed.topics.id("t"), kept))));
    assertThat(bed.member("a").epoch()).isEqualTo(3);

    assertThat(bed.error(beat("a", 2))).isEqualTo(ErrorCode.FENCED_MEMBER_EPOCH);
    assertThat(
            bed.error(beat("a", 2).topicPartitions(owned(bed.topics.partitions("t", 0, 1, 2, 3)))))
        .isEqualTo(ErrorCode.FENCED_MEMBER_EPOCH);
    assertThat(
            bed.ok(beat("a", 2).topicPartitions(owned(Map.of(bed.topics.id("t"), kept))))
                .memberEpoch())
        .isEqualTo(3);
  }

  @Test
  void aFencedMemberJoinsAgainAndGetsWhatItHad() {
    bed.ok(join("a", "t"));
    ConsumerGroupHeartbeatResponse again = bed.ok(join("a", "t"));
    assertThat(again.memberEpoch()).isEqualTo(2);
    assertThat(bed.assigned(again).get("t")).hasSize(4);
  }

  @Test
  void aMemberThatLeavesIsGone() {
    bed.ok(join("a", "t"));
    bed.ok(join("b", "t"));
    bed.newRecords();
    ConsumerGroupHeartbeatResponse left = bed.ok(beat("a", -1));
    assertThat(left.memberId()).isEqualTo("a");
    assertThat(left.memberEpoch()).isEqualTo(-1);
    assertThat(types()).containsExactly((short) 8, (short) 7, (short) 5, (short) 3);
    assertThat(bed.member("a")).isNull();
    assertThat(bed.assigned(bed.ok(beat("b", 3))).get("t")).hasSize(4);
    bed.ok(beat("b", -1));
    assertThat(bed.group().state()).isEqualTo(ConsumerGroupState.EMPTY);
    assertThat(bed.group().subscribedTopics()).isEmpty();
  }

  @Test
  void aGroupThatIsFullTakesNobody() {
    bed.settings =
        new ConsumerGroupSettings(
            45_000, 5_000, true, 0, 1, List.of("uniform"), MigrationPolicy.DISABLED, 600_000, true);
    bed.ok(join("a", "t"));
    assertThat(bed.error(join("b", "t"))).isEqualTo(ErrorCode.GROUP_MAX_SIZE_REACHED);
    bed.ok(join("a", "t"));
    bed.ok(beat("a", -1));
    bed.ok(join("b", "t"));
  }

  @Test
  void aStaticMemberKeepsItsPartitionsWhileItIsAway() {
    bed.ok(join("a", "t").instanceId("i"));
    bed.ok(join("b", "t").instanceId("k"));
    Map<String, Set<Integer>> kept = bed.assigned(bed.ok(beat("a", 2).instanceId("i")));
    bed.ok(
        beat("a", 2)
            .instanceId("i")
            .topicPartitions(owned(Map.of(bed.topics.id("t"), kept.get("t")))));
    bed.ok(beat("b", 3).instanceId("k"));
    assertThat(bed.error(join("c", "t").instanceId("i")))
        .isEqualTo(ErrorCode.UNRELEASED_INSTANCE_ID);

    bed.newRecords();
    ConsumerGroupHeartbeatResponse left = bed.ok(beat("a", -2).instanceId("i"));
    assertThat(left.memberEpoch()).isEqualTo(-2);
    assertThat(types()).containsExactly((short) 8);
    bed.ok(beat("b", 3).instanceId("k"));
    assertThat(bed.newRecords()).isEmpty();

    ConsumerGroupHeartbeatResponse back = bed.ok(join("c", "t").instanceId("i"));
    assertThat(back.memberEpoch()).isEqualTo(3);
    assertThat(bed.assigned(back)).isEqualTo(kept);
    assertThat(types())
        .containsExactly(
            (short) 8, (short) 7, (short) 5, (short) 5, (short) 7, (short) 8, (short) 8);
    assertThat(bed.error(beat("a", 3).instanceId("i"))).isEqualTo(ErrorCode.FENCED_INSTANCE_ID);
    assertThat(bed.error(beat("a", -1).instanceId("i"))).isEqualTo(ErrorCode.FENCED_INSTANCE_ID);
    assertThat(bed.group().state()).isEqualTo(ConsumerGroupState.STABLE);
    // Nobody else is moved.
    assertThat(bed.ok(beat("b", 3).instanceId("k")).assignment()).isNull();
  }

  @Test
  void aStaticMemberThatStaysAwayIsRemoved() {
    bed.ok(join("a", "t").instanceId("i"));
    bed.ok(beat("a", -2).instanceId("i"));
    bed.pass(44_999);
    assertThat(bed.group().isEmpty()).isFalse();
    bed.pass(1);
    assertThat(bed.group().isEmpty()).isTrue();
    assertThat(bed.error(beat("a", 2).instanceId("i"))).isEqualTo(ErrorCode.UNKNOWN_MEMBER_ID);
  }

  @Test
  void aSilentMemberIsRemoved() {
    bed.ok(join("a", "t"));
    bed.ok(join("b", "t"));
    bed.pass(30_000);
    bed.ok(beat("b", 3));
    bed.pass(15_000);
    assertThat(bed.member("a")).isNull();
    assertThat(bed.member("b")).isNotNull();
    assertThat(bed.assigned(bed.ok(beat("b", 3))).get("t")).hasSize(4);
  }

  @Test
  void aRemovalThatCannotBeWrittenIsTriedAgain() {
    bed.ok(join("a", "t"));
    bed.log.failNextAppend(ErrorCode.NOT_ENOUGH_REPLICAS);
    bed.pass(45_000);
    assertThat(bed.member("a")).isNotNull();
    bed.pass(500);
    assertThat(bed.member("a")).isNull();
  }

  @Test
  void aMemberThatDoesNotGivePartitionsUpInTimeIsRemoved() {
    bed.ok(join("a", "t"));
    bed.ok(join("b", "t"));
    bed.ok(beat("a", 2));
    for (int i = 0; i < 5; i++) {
      bed.pass(5_000);
      bed.ok(beat("a", 2));
      bed.ok(beat("b", 3));
    }
    bed.pass(5_000);
    assertThat(bed.member("a")).isNull();
    assertThat(bed.assigned(bed.ok(beat("b", 3))).get("t")).hasSize(4);
  }

  @Test
  void afterALoadMembersHaveASessionsTime() {
    bed.ok(join("a", "t"));
    bed.ok(join("b", "t"));
    bed.ok(beat("a", 2));
    ConsumerBed other = bed.reload();
    other.pass(29_999);
    assertThat(other.member("a")).isNotNull();
    other.pass(1);
    assertThat(other.member("a")).as("has not given up what it must").isNull();
    other.pass(14_999);
    assertThat(other.member("b")).isNotNull();
    other.pass(1);
    assertThat(other.member("b")).isNull();
  }

  @Test
  void anAppendThatFailsChangesNothing() {
    bed.ok(join("a", "t"));
    bed.log.failNextAppend(ErrorCode.MESSAGE_TOO_LARGE);
    ConsumerGroupHeartbeatResponse response = bed.send(join("b", "t"));
    assertThat(response.errorCode()).isEqualTo(ErrorCode.UNKNOWN_SERVER_ERROR.code());
    assertThat(bed.member("b")).isNull();
    assertThat(bed.group().epoch()).isEqualTo(2);
    bed.pass(44_000);
    bed.ok(beat("a", 2));
    bed.pass(2_000);
    assertThat(bed.group().size()).isEqualTo(1);
  }

  @Test
  void changesWithinTheIntervalAreAssignedTogether() {
    bed.settings =
        new ConsumerGroupSettings(
            45_000,
            5_000,
            true,
            1_000,
            100,
            List.of("uniform"),
            MigrationPolicy.DISABLED,
            600_000,
            true);
    bed.ok(join("a", "t"));
    bed.pass(999);
    ConsumerGroupHeartbeatResponse b = bed.ok(join("b", "t"));
    assertThat(b.memberEpoch()).isEqualTo(2);
    assertThat(bed.assigned(b)).isEmpty();
    assertThat(bed.group().state()).isEqualTo(ConsumerGroupState.ASSIGNING);
    bed.ok(join("c", "t"));
    assertThat(bed.group().epoch()).isEqualTo(4);
    assertThat(bed.group().targetEpoch()).isEqualTo(2);
    bed.pass(1);
    bed.ok(beat("b", 2));
    assertThat(bed.group().targetEpoch()).isEqualTo(4);
  }

  @Test
  void anotherSubscriptionIsAnotherEpoch() {
    bed.ok(join("a", "t"));
    bed.newRecords();
    ConsumerGroupHeartbeatResponse response =
        bed.ok(beat("a", 2).subscribedTopicNames(List.of("u")));
    assertThat(bed.group().subscribedTopics()).containsExactly("u");
    // It has to give up first what it does not read any more.
    assertThat(response.memberEpoch()).isEqualTo(2);
    assertThat(bed.assigned(response)).isEmpty();
    assertThat(types()).containsExactly((short) 5, (short) 3, (short) 7, (short) 6, (short) 8);
    response = bed.ok(beat("a", 2).topicPartitions(List.of()));
    assertThat(response.memberEpoch()).isEqualTo(3);
    assertThat(bed.assigned(response)).isEqualTo(Map.of("u", Set.of(0, 1)));
  }

  @Test
  void newsThatAreNoSubscriptionAreWrittenWithoutAnEpoch() {
    bed.ok(join("a", "t"));
    bed.newRecords();
    bed.ok(beat("a", 2).rackId("r1"));
    assertThat(types()).containsExactly((short) 5);
    bed.ok(beat("a", 2).rackId("r1"));
    assertThat(bed.newRecords()).isEmpty();
  }

  @Test
  void topicsThatGrowAreAssignedAgain() {
    bed.ok(join("a", "t"));
    bed.ok(beat("a", 2));
    bed.topics(bed.topics.with("t", 6));
    ConsumerGroupHeartbeatResponse response = bed.ok(beat("a", 2));
    assertThat(response.memberEpoch()).isEqualTo(3);
    assertThat(bed.assigned(response).get("t")).hasSize(6);
    bed.newRecords();
    bed.topics(bed.topics.with("other", 6));
    bed.ok(beat("a", 3));
    assertThat(bed.newRecords()).isEmpty();
    bed.topics(bed.topics.without("t"));
    response = bed.ok(beat("a", 3));
    assertThat(response.memberEpoch()).isEqualTo(3);
    assertThat(bed.assigned(response)).isEmpty();
    assertThat(bed.ok(beat("a", 3).topicPartitions(List.of())).memberEpoch()).isEqualTo(4);
  }

  @Test
  void topicsThatComeLaterAreReadThen() {
    bed.ok(join("a", "later"));
    assertThat(bed.group().metadataHash()).isZero();
    bed.topics(bed.topics.with("later", 2));
    assertThat(bed.assigned(bed.ok(beat("a", 2)))).isEqualTo(Map.of("later", Set.of(0, 1)));
  }

  @Test
  void aGroupCanBeDeletedAndBegunAnew() {
    bed.ok(join("a", "t"));
    bed.ok(beat("a", -1));
    List<CoordinatorRecord> records = new ArrayList<>();
    bed.group().delete(records);
    bed.runtime.runInternal(machine -> CoordinatorResult.append(records));
    assertThat(bed.groups().find(GROUP)).isNull();
    assertThat(bed.ok(join("a", "t")).memberEpoch()).isEqualTo(2);
  }

  @Test
  void aSettledGroupIsAskedSeldomAndOneOnItsWayOften() {
    bed.settings = ConsumerGroupSettings.DEFAULTS;
    assertThat(bed.ok(join("a", "t")).heartbeatIntervalMs()).isEqualTo(2_000);
    assertThat(bed.ok(join("b", "t")).heartbeatIntervalMs()).isEqualTo(200);
    assertThat(bed.ok(beat("a", 2)).heartbeatIntervalMs()).isEqualTo(200);
  }

  @Test
  void aGroupOnItsWayToItsTopicsIsAskedOften() {
    bed.settings = ConsumerGroupSettings.DEFAULTS;
    assertThat(bed.ok(ConsumerBed.joinRegex("a", "t.*")).heartbeatIntervalMs()).isEqualTo(200);
    bed.runOffloaded();
    assertThat(bed.ok(beat("a", 1)).heartbeatIntervalMs()).isGreaterThan(500);
  }

  @Test
  void aCrowdBeforeAFullGroupLeavesNothingBehind() {
    bed.settings =
        new ConsumerGroupSettings(
            45_000,
            5_000,
            true,
            60_000,
            1_000,
            List.of("uniform"),
            MigrationPolicy.DISABLED,
            600_000,
            true);
    int refused = 0;
    for (int i = 0; i < 10_000; i++) {
      if (bed.send(join("m" + i, "t")).errorCode() == ErrorCode.GROUP_MAX_SIZE_REACHED.code()) {
        refused++;
      }
    }
    assertThat(refused).isEqualTo(9_000);
    assertThat(bed.group().size()).isEqualTo(1_000);
    assertThat(bed.group().soft().findTimers("m5000")).isNull();
    bed.ok(beat("m0", 2));
  }

  @Test
  void aSubscriptionThatFitsNoRecordIsRefusedAtOnce() {
    String name = "t".repeat(249);
    assertThat(bed.error(join("a", Collections.nCopies(40_000, name).toArray(String[]::new))))
        .isEqualTo(ErrorCode.UNKNOWN_SERVER_ERROR); // as Kafka, which tries to write it
    assertThat(bed.group()).isNull();
  }

  @Test
  void theAssignorMostMembersAskForIsUsedAndTheFirstIfAsManyAskForAnother() {
    bed.ok(join("a", "t").serverAssignor("range"));
    assertThat(bed.describe().assignorName()).isEqualTo("range");
    bed.ok(join("b", "t").serverAssignor("uniform"));
    assertThat(bed.describe().assignorName()).isEqualTo("uniform");
    bed.ok(join("c", "t").serverAssignor("range"));
    assertThat(bed.describe().assignorName()).isEqualTo("range");
  }

  @Test
  void aClockThatIsPutBackDoesNotHoldUpTheNextAssignment() {
    bed.settings = ConsumerGroupSettings.DEFAULTS;
    bed.ok(join("a", "t"));
    ConsumerBed other = bed.reload(bed.clock.wallMs() - 3_600_000);
    other.ok(join("b", "t"));
    assertThat(other.group().targetEpoch()).isEqualTo(3);
  }

  @Test
  void aStaticMemberThatIsAwayKeepsNobodyBusy() {
    bed.settings = ConsumerGroupSettings.DEFAULTS;
    bed.ok(join("a", "t").instanceId("i"));
    bed.pass(1_000);
    bed.ok(join("b", "u"));
    int epoch = bed.ok(beat("a", 2).instanceId("i")).memberEpoch();
    assertThat(bed.group().isSettled()).isTrue();
    bed.ok(beat("a", -2).instanceId("i"));
    assertThat(bed.group().state()).isEqualTo(ConsumerGroupState.RECONCILING);
    assertThat(bed.ok(beat("b", epoch)).heartbeatIntervalMs()).isGreaterThan(500);
  }
}
