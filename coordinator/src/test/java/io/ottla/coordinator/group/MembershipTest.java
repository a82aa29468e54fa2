package io.ottla.coordinator.group;

import static io.ottla.coordinator.group.GroupBed.GROUP;
import static io.ottla.coordinator.group.GroupBed.commitRequest;
import static io.ottla.coordinator.group.GroupBed.error;
import static io.ottla.coordinator.group.GroupBed.joinRequest;
import static io.ottla.coordinator.group.GroupBed.topicOffset;
import static org.assertj.core.api.Assertions.assertThat;

import io.ottla.coordinator.Answer;
import io.ottla.wire.ErrorCode;
import io.ottla.wire.message.HeartbeatRequest;
import io.ottla.wire.message.JoinGroupResponse;
import io.ottla.wire.message.LeaveGroupRequest;
import io.ottla.wire.message.LeaveGroupResponse;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Heartbeats, sessions and leaving. */
class MembershipTest {

  private final GroupBed bed = new GroupBed();

  @Test
  void aSessionEndsWithoutHeartbeats() {
    List<String> members = bed.stableGroup(2);
    bed.pass(9_000);
    assertThat(bed.heartbeat(members.get(0), 1)).isEqualTo(ErrorCode.NONE);
    bed.pass(1_000);

    assertThat(bed.group().hasMember(members.get(1))).isFalse();
    assertThat(bed.group().hasMember(members.get(0))).isTrue();
    assertThat(bed.heartbeat(members.get(0), 1)).isEqualTo(ErrorCode.REBALANCE_IN_PROGRESS);
    assertThat(bed.heartbeat(members.get(1), 1)).isEqualTo(ErrorCode.UNKNOWN_MEMBER_ID);
  }

  @Test
  void heartbeatsKeepASessionForEver() {
    List<String> members = bed.stableGroup(1);
    for (int i = 0; i < 100; i++) {
      bed.pass(9_900);
      assertThat(bed.heartbeat(members.get(0), 1)).isEqualTo(ErrorCode.NONE);
    }
  }

  @Test
  void commitsKeepASessionToo() {
    List<String> members = bed.stableGroup(1);
    for (int i = 0; i < 5; i++) {
      bed.pass(9_000);
      bed.commit(commitRequest(members.get(0), 1).topics(List.of(topicOffset("t", 0, i))), 9);
    }

    assertThat(bed.heartbeat(members.get(0), 1)).isEqualTo(ErrorCode.NONE);
  }

  @Test
  void heartbeatsOfOtherGenerationsAndStrangersAreRefused() {
    List<String> members = bed.stableGroup(1);

    assertThat(bed.heartbeat(members.get(0), 0)).isEqualTo(ErrorCode.ILLEGAL_GENERATION);
    assertThat(bed.heartbeat("stranger", 1)).isEqualTo(ErrorCode.UNKNOWN_MEMBER_ID);
    assertThat(
            error(
                bed.heartbeat(new HeartbeatRequest().groupId("nobody").memberId("m"))
                    .get()
                    .errorCode()))
        .isEqualTo(ErrorCode.UNKNOWN_MEMBER_ID);
    assertThat(error(bed.heartbeat(new HeartbeatRequest().memberId("m")).get().errorCode()))
        .isEqualTo(ErrorCode.INVALID_GROUP_ID);
  }

  @Test
  void heartbeatsCountWhileTheLeaderAssigns() {
    String member = bed.memberId();
    bed.join(joinRequest(member));
    bed.pass(6_000);

    assertThat(bed.heartbeat(member, 1)).isEqualTo(ErrorCode.NONE);
  }

  @Test
  void theGroupIsEmptyInTheNextGenerationOnceTheLastHasLeft() {
    List<String> members = bed.stableGroup(2);
    bed.leave(members.get(0));
    assertThat(bed.group().state()).isEqualTo(ClassicGroupState.PREPARING_REBALANCE);
    assertThat(bed.group().leaderId()).isEqualTo(members.get(1));
    bed.leave(members.get(1));

    assertThat(bed.group().state()).isEqualTo(ClassicGroupState.EMPTY);
    assertThat(bed.group().generation()).isEqualTo(2);
    assertThat(bed.group().protocolName()).isNull();
    assertThat(bed.group().protocolType()).isEqualTo("consumer");
    bed.assertReplayEqualsLiveState();
  }

  @Test
  void theLastToLeaveWhileOthersHaveAnIdIsNotWaitedFor() {
    List<String> members = bed.stableGroup(1);
    Answer<JoinGroupResponse> joining = bed.join(joinRequest(bed.memberId()));
    bed.leave(members.get(0));

    assertThat(joining.get().generationId()).isEqualTo(2);
    assertThat(joining.get().members()).hasSize(1);
  }

  @Test
  void severalMembersLeaveInOneRequestWithTheirOwnAnswers() {
    List<String> members = bed.stableGroup(3);
    String pending = bed.memberId();
    LeaveGroupResponse response =
        bed.leave(
                new LeaveGroupRequest()
                    .groupId(GROUP)
                    .members(
                        List.of(identity(members.get(1)), identity("stranger"), identity(pending))),
                5)
            .get();

    assertThat(error(response.errorCode())).isEqualTo(ErrorCode.NONE);
    assertThat(response.members())
        .extracting(member -> error(member.errorCode()))
        .containsExactly(ErrorCode.NONE, ErrorCode.UNKNOWN_MEMBER_ID, ErrorCode.NONE);
    assertThat(bed.group().pending().isEmpty()).isTrue();
    assertThat(bed.group().state()).isEqualTo(ClassicGroupState.PREPARING_REBALANCE);
  }

  @Test
  void strangersThatLeaveChangeNothing() {
    bed.stableGroup(1);
    LeaveGroupResponse response = bed.leave("stranger");

    assertThat(error(response.members().get(0).errorCode())).isEqualTo(ErrorCode.UNKNOWN_MEMBER_ID);
    assertThat(bed.group().state()).isEqualTo(ClassicGroupState.STABLE);
  }

  @Test
  void leavingAnUnknownGroupIsAnsweredPerMember() {
    LeaveGroupResponse response = bed.leave("stranger");

    assertThat(error(response.errorCode())).isEqualTo(ErrorCode.NONE);
    assertThat(error(response.members().get(0).errorCode())).isEqualTo(ErrorCode.UNKNOWN_MEMBER_ID);
  }

  @Test
  void oneMemberLeavesBeforeVersion3() {
    List<String> members = bed.stableGroup(1);
    LeaveGroupRequest request = new LeaveGroupRequest().groupId(GROUP);

    assertThat(error(bed.leave(request.memberId("stranger"), 2).get().errorCode()))
        .isEqualTo(ErrorCode.UNKNOWN_MEMBER_ID);
    assertThat(error(bed.leave(request.memberId(members.get(0)), 2).get().errorCode()))
        .isEqualTo(ErrorCode.NONE);
    assertThat(bed.group().state()).isEqualTo(ClassicGroupState.EMPTY);
  }

  @Test
  void whoLeavesWhileItJoinsIsAnswered() {
    List<String> members = bed.stableGroup(2);
    Answer<JoinGroupResponse> join = bed.join(joinRequest(members.get(0)));
    bed.leave(members.get(0));

    assertThat(error(join.get().errorCode())).isEqualTo(ErrorCode.UNKNOWN_MEMBER_ID);
  }

  @Test
  void theGroupKeepsPreparingUntilItIsWrittenDownThatItIsEmpty() {
    List<String> members = bed.stableGroup(1);
    bed.log.failAppends(ErrorCode.NOT_ENOUGH_REPLICAS);
    Answer<LeaveGroupResponse> leave =
        bed.leave(
            new LeaveGroupRequest().groupId(GROUP).members(List.of(identity(members.get(0)))), 5);

    assertThat(error(leave.get().errorCode())).isEqualTo(ErrorCode.COORDINATOR_NOT_AVAILABLE);
    assertThat(bed.group().state()).isEqualTo(ClassicGroupState.PREPARING_REBALANCE);
    bed.pass(5_000);
    assertThat(bed.group().state()).isEqualTo(ClassicGroupState.PREPARING_REBALANCE);
    bed.log.failAppends(ErrorCode.NONE);
    bed.pass(Rebalance.RETRY_MS);
    assertThat(bed.group().state()).isEqualTo(ClassicGroupState.EMPTY);
    assertThat(bed.group().generation()).isEqualTo(2);
    bed.assertReplayEqualsLiveState();
  }

  @Test
  void membersMayJoinWhileItCannotBeWrittenDownThatTheGroupIsEmpty() {
    List<String> members = bed.stableGroup(1);
    bed.log.failNextAppend(ErrorCode.NOT_ENOUGH_REPLICAS);
    bed.leave(new LeaveGroupRequest().groupId(GROUP).members(List.of(identity(members.get(0)))), 5);
    JoinGroupResponse joined = bed.join(joinRequest(bed.memberId())).get();

    assertThat(error(joined.errorCode())).isEqualTo(ErrorCode.NONE);
    assertThat(joined.generationId()).isEqualTo(2);
    bed.pass(Rebalance.RETRY_MS);
    assertThat(bed.group().size()).isEqualTo(1);
  }

  @Test
  void membersOfALoadedGroupHaveASessionToShowUp() {
    List<String> members = bed.stableGroup(2);
    GroupBed reloaded = bed.reload();
    reloaded.pass(9_000);
    assertThat(reloaded.heartbeat(members.get(0), 1)).isEqualTo(ErrorCode.NONE);
    reloaded.pass(5_000);

    assertThat(reloaded.group().hasMember(members.get(0))).isTrue();
    assertThat(reloaded.group().hasMember(members.get(1))).isFalse();
  }

  private static LeaveGroupRequest.MemberIdentity identity(String memberId) {
    return new LeaveGroupRequest.MemberIdentity().memberId(memberId);
  }
}
