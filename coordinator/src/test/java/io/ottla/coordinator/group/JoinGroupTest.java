package io.ottla.coordinator.group;

import static io.ottla.coordinator.group.GroupBed.GROUP;
import static io.ottla.coordinator.group.GroupBed.error;
import static io.ottla.coordinator.group.GroupBed.joinRequest;
import static io.ottla.coordinator.group.GroupBed.protocol;
import static org.assertj.core.api.Assertions.assertThat;

import io.ottla.coordinator.Answer;
import io.ottla.wire.ErrorCode;
import io.ottla.wire.message.JoinGroupRequest;
import io.ottla.wire.message.JoinGroupResponse;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Who may join, when joins are answered, and with what. */
class JoinGroupTest {

  private final GroupBed bed = new GroupBed();

  private static ErrorCode errorOf(Answer<JoinGroupResponse> answer) {
    return error(answer.get().errorCode());
  }

  @Test
  void givesANewMemberAnIdToComeBackWithSinceVersion4() {
    JoinGroupResponse response = bed.join(joinRequest(""), 4).get();

    assertThat(error(response.errorCode())).isEqualTo(ErrorCode.MEMBER_ID_REQUIRED);
    assertThat(response.memberId()).startsWith("client-id");
    assertThat(bed.group().pending().contains(response.memberId())).isTrue();
    assertThat(bed.group().size()).isZero();
  }

  @Test
  void letsANewMemberInAtOnceBeforeVersion4() {
    Answer<JoinGroupResponse> join = bed.join(joinRequest(""), 3);

    assertThat(join.hasCome()).isFalse();
    bed.pass(3_000);
    assertThat(errorOf(join)).isEqualTo(ErrorCode.NONE);
    assertThat(join.get().memberId()).startsWith("client-");
    assertThat(join.get().leader()).isEqualTo(join.get().memberId());
    assertThat(join.get().generationId()).isEqualTo(1);
  }

  @Test
  void answersAllMembersTogetherAndTellsTheLeaderWhoTheyAre() {
    String leader = bed.memberId();
    String follower = bed.memberId();
    Answer<JoinGroupResponse> first = bed.join(joinRequest(leader));
    Answer<JoinGroupResponse> second = bed.join(joinRequest(follower));
    assertThat(first.hasCome()).isFalse();
    bed.pass(6_000);

    assertThat(first.get().leader()).isEqualTo(leader);
    assertThat(first.get().protocolType()).isEqualTo("consumer");
    assertThat(first.get().protocolName()).isEqualTo("range");
    assertThat(first.get().members())
        .extracting(JoinGroupResponse.JoinGroupResponseMember::memberId)
        .containsExactly(leader, follower);
    assertThat(first.get().members().get(0).metadata())
        .isEqualTo(protocol("range", "t").metadata());
    assertThat(second.get().leader()).isEqualTo(leader);
    assertThat(second.get().members()).isEmpty();
    assertThat(second.get().generationId()).isEqualTo(first.get().generationId());
  }

  @Test
  void electsTheProtocolThatAllSpeakAndMostPrefer() {
    String[] ids = {bed.memberId(), bed.memberId(), bed.memberId()};
    List<Answer<JoinGroupResponse>> joins = new ArrayList<>();
    joins.add(
        bed.join(
            joinRequest(ids[0]).protocols(List.of(protocol("a"), protocol("b"), protocol("c")))));
    joins.add(bed.join(joinRequest(ids[1]).protocols(List.of(protocol("b"), protocol("a")))));
    joins.add(bed.join(joinRequest(ids[2]).protocols(List.of(protocol("b"), protocol("a")))));
    bed.pass(9_000);

    assertThat(joins).allSatisfy(join -> assertThat(join.get().protocolName()).isEqualTo("b"));
  }

  @Test
  void refusesAMemberThatSharesNoProtocolWithTheGroup() {
    bed.stableGroup(1);

    assertThat(errorOf(bed.join(joinRequest("").protocols(List.of(protocol("other"))))))
        .isEqualTo(ErrorCode.INCONSISTENT_GROUP_PROTOCOL);
    assertThat(errorOf(bed.join(joinRequest("").protocolType("connect"))))
        .isEqualTo(ErrorCode.INCONSISTENT_GROUP_PROTOCOL);
  }

  @Test
  void refusesTheFirstMemberIfItHasNoProtocolAndMakesNoGroup() {
    assertThat(errorOf(bed.join(joinRequest("").protocols(List.of()))))
        .isEqualTo(ErrorCode.INCONSISTENT_GROUP_PROTOCOL);
    assertThat(errorOf(bed.join(joinRequest("").protocolType(""))))
        .isEqualTo(ErrorCode.INCONSISTENT_GROUP_PROTOCOL);
    assertThat(bed.group()).isNull();
    assertThat(bed.log.endOffset()).isZero();
  }

  @Test
  void letsMembersOfAnotherTypeIntoAGroupThatHasBecomeEmpty() {
    List<String> members = bed.stableGroup(1);
    bed.leave(members.get(0));

    Answer<JoinGroupResponse> join = bed.join(joinRequest("").protocolType("connect"), 3);
    bed.pass(3_000);
    assertThat(errorOf(join)).isEqualTo(ErrorCode.NONE);
    assertThat(bed.group().protocolType()).isEqualTo("connect");
  }

  @Test
  void refusesSessionTimeoutsOutOfBounds() {
    assertThat(errorOf(bed.join(joinRequest("").sessionTimeoutMs(5_999))))
        .isEqualTo(ErrorCode.INVALID_SESSION_TIMEOUT);
    assertThat(errorOf(bed.join(joinRequest("").sessionTimeoutMs(1_800_001))))
        .isEqualTo(ErrorCode.INVALID_SESSION_TIMEOUT);
  }

  @Test
  void refusesAnEmptyGroupId() {
    assertThat(errorOf(bed.join(joinRequest("").groupId(""))))
        .isEqualTo(ErrorCode.INVALID_GROUP_ID);
  }

  @Test
  void refusesAMemberIdThatNobodyGaveOut() {
    assertThat(errorOf(bed.join(joinRequest("made-up")))).isEqualTo(ErrorCode.UNKNOWN_MEMBER_ID);
    bed.stableGroup(1);
    assertThat(errorOf(bed.join(joinRequest("made-up")))).isEqualTo(ErrorCode.UNKNOWN_MEMBER_ID);
  }

  @Test
  void forgetsAnIdThatIsNotUsedWithinTheSessionTimeout() {
    String memberId = bed.memberId();
    bed.pass(10_000);

    assertThat(bed.group().pending().isEmpty()).isTrue();
    assertThat(errorOf(bed.join(joinRequest(memberId)))).isEqualTo(ErrorCode.UNKNOWN_MEMBER_ID);
  }

  @Test
  void boundsTheIdsThatWaitToBeUsed() {
    GroupBed small = new GroupBed(GroupCoordinatorConfig.builder().maxPendingMembers(2).build());
    small.memberId();
    small.memberId();

    assertThat(errorOf(small.join(joinRequest("")))).isEqualTo(ErrorCode.COORDINATOR_NOT_AVAILABLE);
  }

  @Test
  void waitsForMembersThatHaveAnIdBeforeARebalanceEnds() {
    List<String> members = bed.stableGroup(1);
    String pending = bed.memberId();
    Answer<JoinGroupResponse> again = bed.join(joinRequest(members.get(0)));
    assertThat(again.hasCome()).isFalse();

    Answer<JoinGroupResponse> late = bed.join(joinRequest(pending));
    assertThat(again.get().members()).hasSize(2);
    assertThat(late.get().generationId()).isEqualTo(2);
  }

  @Test
  void prolongsTheFirstRebalanceWhileMembersKeepComing() {
    JoinGroupRequest request = joinRequest("").rebalanceTimeoutMs(7_000);
    Answer<JoinGroupResponse> first = bed.join(request, 3);
    bed.pass(2_900);
    bed.join(request, 3);
    bed.pass(3_000);
    assertThat(first.hasCome()).as("prolonged by the second").isFalse();
    bed.join(request, 3);
    bed.pass(1_000);
    assertThat(first.hasCome()).as("not longer than the rebalance timeout").isFalse();
    bed.pass(200);
    assertThat(first.get().members()).hasSize(3);
  }

  @Test
  void doesNotProlongTheFirstRebalanceWhenNobodyElseComes() {
    Answer<JoinGroupResponse> first = bed.join(joinRequest(""), 3);
    bed.pass(2_999);
    assertThat(first.hasCome()).isFalse();
    bed.pass(1);
    assertThat(first.hasCome()).isTrue();
  }

  @Test
  void rebalancesWhenAMemberJoinsAStableGroup() {
    List<String> members = bed.stableGroup(2);
    Answer<JoinGroupResponse> joining = bed.join(joinRequest(bed.memberId()));

    assertThat(bed.group().state()).isEqualTo(ClassicGroupState.PREPARING_REBALANCE);
    assertThat(bed.heartbeat(members.get(0), 1)).isEqualTo(ErrorCode.REBALANCE_IN_PROGRESS);
    bed.join(joinRequest(members.get(1)));
    assertThat(joining.hasCome()).isFalse();
    Answer<JoinGroupResponse> leader = bed.join(joinRequest(members.get(0)));
    assertThat(leader.get().generationId()).isEqualTo(2);
    assertThat(leader.get().members()).hasSize(3);
    assertThat(joining.get().leader()).isEqualTo(members.get(0));
  }

  @Test
  void goesOnWithoutMembersThatDoNotJoinWithinTheRebalanceTimeout() {
    List<String> members = bed.stableGroup(3);
    bed.heartbeat(members.get(1), 1);
    Answer<JoinGroupResponse> leader = bed.join(joinRequest(members.get(0)));
    for (int i = 0; i < 12; i++) {
      bed.pass(5_000);
      bed.heartbeat(members.get(1), 1);
      bed.heartbeat(members.get(2), 1);
    }

    assertThat(leader.get().generationId()).isEqualTo(2);
    assertThat(leader.get().members()).hasSize(1);
    assertThat(bed.group().hasMember(members.get(1))).isFalse();
  }

  @Test
  void electsAnotherLeaderWhenTheFirstDoesNotJoinInTime() {
    List<String> members = bed.stableGroup(2);
    Answer<JoinGroupResponse> follower =
        bed.join(joinRequest(members.get(1)).protocols(List.of(protocol("range", "u"))));
    for (int i = 0; i < 12; i++) {
      bed.pass(5_000);
      bed.heartbeat(members.get(0), 1);
    }

    assertThat(follower.get().leader()).isEqualTo(members.get(1));
    assertThat(follower.get().members()).hasSize(1);
  }

  @Test
  void rebalancesWhenTheLeaderOfAStableGroupJoinsAgain() {
    List<String> members = bed.stableGroup(2);
    bed.join(joinRequest(members.get(0)));

    assertThat(bed.group().state()).isEqualTo(ClassicGroupState.PREPARING_REBALANCE);
  }

  @Test
  void answersAFollowerThatJoinsAgainUnchangedWithTheGenerationThereIs() {
    List<String> members = bed.stableGroup(2);
    JoinGroupResponse response = bed.join(joinRequest(members.get(1))).get();

    assertThat(error(response.errorCode())).isEqualTo(ErrorCode.NONE);
    assertThat(response.generationId()).isEqualTo(1);
    assertThat(response.leader()).isEqualTo(members.get(0));
    assertThat(bed.group().state()).isEqualTo(ClassicGroupState.STABLE);
  }

  @Test
  void rebalancesWhenAFollowerJoinsAgainWithAnotherSubscription() {
    List<String> members = bed.stableGroup(2);
    bed.join(joinRequest(members.get(1)).protocols(List.of(protocol("range", "u"))));

    assertThat(bed.group().state()).isEqualTo(ClassicGroupState.PREPARING_REBALANCE);
  }

  @Test
  void repeatsTheAnswerThatGotLostWhileTheLeaderAssigns() {
    String leader = bed.memberId();
    String follower = bed.memberId();
    bed.join(joinRequest(leader));
    bed.join(joinRequest(follower));
    bed.pass(6_000);

    assertThat(bed.join(joinRequest(follower)).get().members()).isEmpty();
    assertThat(bed.join(joinRequest(leader)).get().members()).hasSize(2);
    assertThat(bed.group().state()).isEqualTo(ClassicGroupState.COMPLETING_REBALANCE);
  }

  @Test
  void sendsBackTheOlderOfTwoJoinsOfOneMember() {
    List<String> members = bed.stableGroup(2);
    Answer<JoinGroupResponse> older = bed.join(joinRequest(members.get(0)));
    Answer<JoinGroupResponse> newer = bed.join(joinRequest(members.get(0)));

    assertThat(errorOf(older)).isEqualTo(ErrorCode.REBALANCE_IN_PROGRESS);
    assertThat(newer.hasCome()).isFalse();
    bed.join(joinRequest(members.get(1)));
    assertThat(errorOf(newer)).isEqualTo(ErrorCode.NONE);
  }

  @Test
  void turnsAwayMembersBeyondTheMaximumSize() {
    GroupBed small = new GroupBed(GroupCoordinatorConfig.builder().maxGroupSize(2).build());
    List<String> members = small.stableGroup(2);

    JoinGroupResponse response = small.join(joinRequest("")).get();
    assertThat(error(response.errorCode())).isEqualTo(ErrorCode.GROUP_MAX_SIZE_REACHED);
    assertThat(response.memberId()).isEmpty();
    assertThat(small.heartbeat(members.get(0), 1)).isEqualTo(ErrorCode.NONE);
  }

  @Test
  void dropsTheLastToJoinWhenTheMaximumSizeWasLowered() {
    List<String> members = bed.stableGroup(3);
    GroupBed smaller = new GroupBed(GroupCoordinatorConfig.builder().maxGroupSize(2).build());
    bed.copyLogTo(smaller);

    assertThat(smaller.group().state()).isEqualTo(ClassicGroupState.PREPARING_REBALANCE);
    Answer<JoinGroupResponse> first = smaller.join(joinRequest(members.get(2)));
    Answer<JoinGroupResponse> second = smaller.join(joinRequest(members.get(0)));
    assertThat(errorOf(smaller.join(joinRequest(members.get(1)))))
        .isEqualTo(ErrorCode.GROUP_MAX_SIZE_REACHED);
    assertThat(errorOf(first)).isEqualTo(ErrorCode.NONE);
    assertThat(second.get().members()).hasSize(2);
  }

  @Test
  void takesTheSessionTimeoutForTheRebalanceTimeoutInVersion0() {
    Answer<JoinGroupResponse> join =
        bed.join(joinRequest("").rebalanceTimeoutMs(-1).sessionTimeoutMs(20_000), 0);
    bed.pass(3_000);

    assertThat(errorOf(join)).isEqualTo(ErrorCode.NONE);
    assertThat(bed.group().rebalanceTimeoutMs()).isEqualTo(20_000);
  }

  @Test
  void sendsNoNullProtocolToClientsThatDoNotKnowIt() {
    assertThat(bed.join(joinRequest("made-up"), 6).get().protocolName()).isEmpty();
    assertThat(bed.join(joinRequest("made-up"), 7).get().protocolName()).isNull();
  }

  @Test
  void writesANewGroupDownBeforeItsFirstMemberIsAnswered() {
    bed.memberId();

    assertThat(bed.log.appends()).hasSize(1);
    bed.assertReplayEqualsLiveState();
    assertThat(bed.reload().group(GROUP).state()).isEqualTo(ClassicGroupState.EMPTY);
  }

  @Test
  void makesNoGroupWhenItCannotBeWrittenDown() {
    bed.log.failNextAppend(ErrorCode.NOT_ENOUGH_REPLICAS);

    assertThat(errorOf(bed.join(joinRequest("")))).isEqualTo(ErrorCode.COORDINATOR_NOT_AVAILABLE);
    assertThat(bed.group()).isNull();
    bed.stableGroup(1);
  }

  @Test
  void dropsANewMemberThatWaitsTooLong() {
    GroupBed slow =
        new GroupBed(GroupCoordinatorConfig.builder().newMemberJoinTimeoutMs(20_000).build());
    List<String> members = slow.stableGroup(1);
    Answer<JoinGroupResponse> joining = slow.join(joinRequest(slow.memberId()));
    for (int i = 0; i < 4; i++) {
      slow.pass(5_000);
      slow.heartbeat(members.get(0), 1);
    }

    assertThat(errorOf(joining)).isEqualTo(ErrorCode.UNKNOWN_MEMBER_ID);
  }

  @Test
  void countsAProtocolThatAMemberGivesTwiceOnce() {
    Answer<JoinGroupResponse> first =
        bed.join(
            joinRequest("")
                .protocols(
                    List.of(
                        protocol("range", "t"), protocol("range", "u"), protocol("sticky", "t"))),
            3);
    Answer<JoinGroupResponse> second =
        bed.join(joinRequest("").protocols(List.of(protocol("sticky", "t"))), 3);
    bed.pass(6_000);

    assertThat(errorOf(first)).isEqualTo(ErrorCode.NONE);
    assertThat(second.get().protocolName()).isEqualTo("sticky");
  }

  @Test
  void aHugeSubscriptionConcernsItsOwnGroupOnly() {
    bed.log.maxBatchBytes(1_000_000);
    byte[] huge = new byte[10_000_000];
    Answer<JoinGroupResponse> join =
        bed.join(
            joinRequest("")
                .protocols(
                    List.of(
                        new JoinGroupRequest.JoinGroupRequestProtocol()
                            .name("range")
                            .metadata(huge))),
            3);
    bed.pass(3_000);
    String memberId = join.get().memberId();
    bed.log.failNextAppend(ErrorCode.MESSAGE_TOO_LARGE);

    assertThat(error(bed.sync(bed.assigning(memberId, 1, memberId, "p")).get().errorCode()))
        .isEqualTo(ErrorCode.UNKNOWN_SERVER_ERROR);
    assertThat(bed.commit("another", "t", 0, 1)).isEqualTo(ErrorCode.NONE);
    assertThat(bed.heartbeat(memberId, 1)).isEqualTo(ErrorCode.REBALANCE_IN_PROGRESS);
  }
}
