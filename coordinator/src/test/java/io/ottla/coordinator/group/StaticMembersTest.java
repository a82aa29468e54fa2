package io.ottla.coordinator.group;

import static io.ottla.coordinator.group.GroupBed.GROUP;
import static io.ottla.coordinator.group.GroupBed.commitRequest;
import static io.ottla.coordinator.group.GroupBed.error;
import static io.ottla.coordinator.group.GroupBed.onlyError;
import static io.ottla.coordinator.group.GroupBed.protocol;
import static io.ottla.coordinator.group.GroupBed.staticJoinRequest;
import static io.ottla.coordinator.group.GroupBed.text;
import static io.ottla.coordinator.group.GroupBed.topicOffset;
import static org.assertj.core.api.Assertions.assertThat;

import io.ottla.coordinator.Answer;
import io.ottla.wire.ErrorCode;
import io.ottla.wire.message.HeartbeatRequest;
import io.ottla.wire.message.JoinGroupResponse;
import io.ottla.wire.message.LeaveGroupRequest;
import io.ottla.wire.message.LeaveGroupResponse;
import io.ottla.wire.message.SyncGroupResponse;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Members with names that outlive their ids (KIP-345). */
class StaticMembersTest {

  private final GroupBed bed = new GroupBed();
  private final List<String> ids = new ArrayList<>();

  /** A stable group of static members named i0, i1, ...; their ids are kept. */
  private void stableGroup(int size) {
    List<Answer<JoinGroupResponse>> joins = new ArrayList<>();
    for (int i = 0; i < size; i++) {
      joins.add(bed.join(staticJoinRequest("", "i" + i)));
    }
    bed.pass(6_000);
    joins.forEach(join -> ids.add(join.get().memberId()));
    bed.stabilize(ids, joins);
  }

  private static ErrorCode errorOf(Answer<JoinGroupResponse> answer) {
    return error(answer.get().errorCode());
  }

  @Test
  void areLetInWithoutASecondRoundAndNamedAfterTheirInstance() {
    Answer<JoinGroupResponse> join = bed.join(staticJoinRequest("", "i0"));
    bed.pass(3_000);

    assertThat(errorOf(join)).isEqualTo(ErrorCode.NONE);
    assertThat(join.get().memberId()).startsWith("i0-");
    assertThat(join.get().members().get(0).groupInstanceId()).isEqualTo("i0");
  }

  @Test
  void comeBackWithoutARebalanceAndWithTheirAssignment() {
    stableGroup(2);
    JoinGroupResponse back = bed.join(staticJoinRequest("", "i1")).get();

    assertThat(error(back.errorCode())).isEqualTo(ErrorCode.NONE);
    assertThat(back.memberId()).isNotEqualTo(ids.get(1)).startsWith("i1-");
    assertThat(back.generationId()).isEqualTo(1);
    assertThat(back.leader()).isEqualTo(ids.get(0));
    assertThat(back.skipAssignment()).isFalse();
    assertThat(bed.group().state()).isEqualTo(ClassicGroupState.STABLE);
    SyncGroupResponse sync =
        bed.sync(bed.syncRequest(back.memberId(), 1).groupInstanceId("i1")).get();
    assertThat(text(sync.assignment())).isEqualTo(ids.get(1));
    bed.assertReplayEqualsLiveState();
  }

  @Test
  void leadOnWithoutAssigningWhenTheLeaderComesBack() {
    stableGroup(2);
    JoinGroupResponse back = bed.join(staticJoinRequest("", "i0"), 9).get();

    assertThat(back.leader()).isEqualTo(back.memberId());
    assertThat(back.skipAssignment()).isTrue();
    assertThat(back.members())
        .extracting(JoinGroupResponse.JoinGroupResponseMember::groupInstanceId)
        .containsExactly("i0", "i1");
    assertThat(bed.group().leaderId()).isEqualTo(back.memberId());
    bed.assertReplayEqualsLiveState();
  }

  @Test
  void areNotToldToLeadBeforeVersion9WhenTheLeaderComesBack() {
    stableGroup(2);
    JoinGroupResponse back = bed.join(staticJoinRequest("", "i0"), 8).get();

    assertThat(back.leader()).isEqualTo(ids.get(0));
    assertThat(back.members()).isEmpty();
    assertThat(back.skipAssignment()).isFalse();
  }

  @Test
  void fenceTheirFormerSelvesInEveryRequest() {
    stableGroup(2);
    String former = ids.get(1);
    bed.join(staticJoinRequest("", "i1"));

    assertThat(errorOf(bed.join(staticJoinRequest(former, "i1"))))
        .isEqualTo(ErrorCode.FENCED_INSTANCE_ID);
    assertThat(error(bed.sync(bed.syncRequest(former, 1).groupInstanceId("i1")).get().errorCode()))
        .isEqualTo(ErrorCode.FENCED_INSTANCE_ID);
    assertThat(
            error(
                bed.heartbeat(
                        new HeartbeatRequest()
                            .groupId(GROUP)
                            .memberId(former)
                            .groupInstanceId("i1")
                            .generationId(1))
                    .get()
                    .errorCode()))
        .isEqualTo(ErrorCode.FENCED_INSTANCE_ID);
    assertThat(
            onlyError(
                bed.commit(
                        commitRequest(former, 1)
                            .groupInstanceId("i1")
                            .topics(List.of(topicOffset("t", 0, 5))),
                        9)
                    .get()))
        .isEqualTo(ErrorCode.FENCED_INSTANCE_ID);
    LeaveGroupResponse leave = leave(former, "i1");
    assertThat(error(leave.members().get(0).errorCode())).isEqualTo(ErrorCode.FENCED_INSTANCE_ID);
  }

  private LeaveGroupResponse leave(String memberId, String instanceId) {
    return bed.leave(
            new LeaveGroupRequest()
                .groupId(GROUP)
                .members(
                    List.of(
                        new LeaveGroupRequest.MemberIdentity()
                            .memberId(memberId)
                            .groupInstanceId(instanceId))),
            5)
        .get();
  }

  @Test
  void fenceAWaitingRequestOfTheirFormerSelves() {
    Answer<JoinGroupResponse> former = bed.join(staticJoinRequest("", "i0"));
    Answer<JoinGroupResponse> back = bed.join(staticJoinRequest("", "i0"));

    assertThat(errorOf(former)).isEqualTo(ErrorCode.FENCED_INSTANCE_ID);
    bed.pass(6_000);
    assertThat(errorOf(back)).isEqualTo(ErrorCode.NONE);
    assertThat(back.get().members()).hasSize(1);
  }

  @Test
  void rebalanceWhenTheyComeBackWhileTheLeaderAssigns() {
    List<Answer<JoinGroupResponse>> joins = new ArrayList<>();
    joins.add(bed.join(staticJoinRequest("", "i0")));
    joins.add(bed.join(staticJoinRequest("", "i1")));
    bed.pass(6_000);
    String formerId = joins.get(1).get().memberId();
    Answer<SyncGroupResponse> former = bed.sync(bed.syncRequest(formerId, 1).groupInstanceId("i1"));
    Answer<JoinGroupResponse> back = bed.join(staticJoinRequest("", "i1"));

    assertThat(error(former.get().errorCode())).isEqualTo(ErrorCode.FENCED_INSTANCE_ID);
    assertThat(back.hasCome()).isFalse();
    assertThat(bed.group().state()).isEqualTo(ClassicGroupState.PREPARING_REBALANCE);
  }

  @Test
  void rebalanceWhenTheyComeBackWithProtocolsThatChangeTheGroups() {
    stableGroup(2);
    // Both prefer the same; the one that comes back turns the vote.
    bed.join(
        staticJoinRequest("", "i0")
            .protocols(List.of(protocol("roundrobin", "t"), protocol("range", "t"))));
    assertThat(bed.group().state())
        .as("a tie goes to the first vote, now roundrobin")
        .isEqualTo(ClassicGroupState.PREPARING_REBALANCE);
  }

  @Test
  void keepTheirPlaceOverARebalanceThatTheyMiss() {
    stableGroup(2);
    Answer<JoinGroupResponse> leader = bed.join(staticJoinRequest(ids.get(0), "i0"));
    for (int i = 0; i < 12; i++) {
      bed.pass(5_000);
      bed.heartbeat(
          new HeartbeatRequest()
              .groupId(GROUP)
              .memberId(ids.get(1))
              .groupInstanceId("i1")
              .generationId(1));
    }

    assertThat(leader.get().members()).hasSize(2);
    assertThat(bed.group().hasMember(ids.get(1))).isTrue();
  }

  @Test
  void areRemovedWhenTheirSessionEnds() {
    stableGroup(2);
    for (int i = 0; i < 3; i++) {
      bed.pass(5_000);
      bed.heartbeat(ids.get(0), 1);
    }

    assertThat(bed.group().staticMember("i1")).isNull();
    assertThat(bed.group().state()).isEqualTo(ClassicGroupState.PREPARING_REBALANCE);
  }

  @Test
  void areRemovedByAnAdministratorByName() {
    stableGroup(2);
    LeaveGroupResponse response = leave("", "i1");

    assertThat(error(response.members().get(0).errorCode())).isEqualTo(ErrorCode.NONE);
    assertThat(response.members().get(0).groupInstanceId()).isEqualTo("i1");
    assertThat(bed.group().size()).isEqualTo(1);
    assertThat(error(leave("", "i7").members().get(0).errorCode()))
        .isEqualTo(ErrorCode.UNKNOWN_MEMBER_ID);
  }

  @Test
  void waitForALeaderThatHasNotComeBackUntilItsSessionEnds() {
    stableGroup(1);
    bed.join(staticJoinRequest(ids.get(0), "i0").protocols(List.of(protocol("range", "u"))));
    assertThat(bed.group().generation()).isEqualTo(2);
    bed.pass(200_000);

    assertThat(bed.group().state()).isEqualTo(ClassicGroupState.EMPTY);
    bed.assertReplayEqualsLiveState();
  }

  @Test
  void keepTheirFormerIdWhenTheNewOneCannotBeWrittenDown() {
    stableGroup(2);
    bed.log.failNextAppend(ErrorCode.NOT_ENOUGH_REPLICAS);
    Answer<JoinGroupResponse> back = bed.join(staticJoinRequest("", "i1"));

    assertThat(errorOf(back)).isEqualTo(ErrorCode.COORDINATOR_NOT_AVAILABLE);
    assertThat(bed.group().staticMember("i1").memberId()).isEqualTo(ids.get(1));
    assertThat(bed.heartbeat(ids.get(1), 1)).isEqualTo(ErrorCode.NONE);
    bed.assertReplayEqualsLiveState();
    bed.pass(9_000);
    assertThat(bed.heartbeat(ids.get(1), 1)).as("its session went on").isEqualTo(ErrorCode.NONE);
  }

  @Test
  void haveAllTheirProtocolsAfterTheyCameBack() {
    stableGroup(2);
    String back = bed.join(staticJoinRequest("", "i1")).get().memberId();

    assertThat(bed.group().member(back).protocols())
        .extracting(MemberProtocol::name)
        .containsExactly("range", "roundrobin");
    assertThat(bed.join(staticJoinRequest(back, "i1")).get().generationId())
        .as("joining unchanged does not rebalance")
        .isEqualTo(1);
  }

  @Test
  void cannotUseAnIdGivenToADynamicMember() {
    stableGroup(1);
    String pending = bed.memberId();

    assertThat(errorOf(bed.join(staticJoinRequest(pending, "i5"))))
        .isEqualTo(ErrorCode.UNKNOWN_MEMBER_ID);
  }
}
