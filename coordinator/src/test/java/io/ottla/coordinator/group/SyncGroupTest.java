package io.ottla.coordinator.group;

import static io.ottla.coordinator.group.GroupBed.error;
import static io.ottla.coordinator.group.GroupBed.joinRequest;
import static io.ottla.coordinator.group.GroupBed.text;
import static org.assertj.core.api.Assertions.assertThat;

import io.ottla.coordinator.Answer;
import io.ottla.wire.ErrorCode;
import io.ottla.wire.message.JoinGroupResponse;
import io.ottla.wire.message.SyncGroupResponse;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** How a generation gets its assignments, and how it does not. */
class SyncGroupTest {

  private final GroupBed bed = new GroupBed();
  private String leader;
  private String follower;

  @BeforeEach
  void beginAGeneration() {
    leader = bed.memberId();
    follower = bed.memberId();
    bed.join(joinRequest(leader));
    bed.join(joinRequest(follower));
    bed.pass(6_000);
    assertThat(bed.group().state()).isEqualTo(ClassicGroupState.COMPLETING_REBALANCE);
  }

  private static ErrorCode errorOf(Answer<SyncGroupResponse> answer) {
    return error(answer.get().errorCode());
  }

  @Test
  void givesEveryMemberWhatTheLeaderAssignedAndWritesItDown() {
    Answer<SyncGroupResponse> waiting = bed.sync(bed.syncRequest(follower, 1));
    assertThat(waiting.hasCome()).isFalse();
    Answer<SyncGroupResponse> leaders =
        bed.sync(bed.assigning(leader, 1, leader, "p0", follower, "p1"));

    assertThat(text(leaders.get().assignment())).isEqualTo("p0");
    assertThat(text(waiting.get().assignment())).isEqualTo("p1");
    assertThat(waiting.get().protocolType()).isEqualTo("consumer");
    assertThat(waiting.get().protocolName()).isEqualTo("range");
    assertThat(bed.group().state()).isEqualTo(ClassicGroupState.STABLE);
    bed.assertReplayEqualsLiveState();
    ClassicGroup reloaded = bed.reload().group();
    assertThat(reloaded.state()).isEqualTo(ClassicGroupState.STABLE);
    assertThat(text(reloaded.member(follower).assignment())).isEqualTo("p1");
  }

  @Test
  void answersAMemberThatSyncsLateAtOnce() {
    bed.sync(bed.assigning(leader, 1, leader, "p0", follower, "p1"));

    assertThat(text(bed.sync(bed.syncRequest(follower, 1)).get().assignment())).isEqualTo("p1");
  }

  @Test
  void givesNothingToAMemberTheLeaderLeftOut() {
    Answer<SyncGroupResponse> waiting = bed.sync(bed.syncRequest(follower, 1));
    bed.sync(bed.assigning(leader, 1, leader, "p0", "stranger", "p1"));

    assertThat(errorOf(waiting)).isEqualTo(ErrorCode.NONE);
    assertThat(waiting.get().assignment()).isEmpty();
    assertThat(bed.group().size()).isEqualTo(2);
  }

  @Test
  void keepsTheFirstAssignmentWhenTheLeaderSendsTwo() {
    bed.holdHighWatermark();
    Answer<SyncGroupResponse> first =
        bed.sync(bed.assigning(leader, 1, leader, "p0", follower, "p1"));
    Answer<SyncGroupResponse> second =
        bed.sync(bed.assigning(leader, 1, leader, "p1", follower, "p0"));
    bed.releaseHighWatermark();

    assertThat(text(first.get().assignment())).isEqualTo("p0");
    assertThat(text(second.get().assignment())).isEqualTo("p0");
    bed.assertReplayEqualsLiveState();
  }

  @Test
  void refusesAnotherGenerationAnUnknownMemberAndAnUnknownGroup() {
    assertThat(errorOf(bed.sync(bed.syncRequest(leader, 2))))
        .isEqualTo(ErrorCode.ILLEGAL_GENERATION);
    assertThat(errorOf(bed.sync(bed.syncRequest("stranger", 1))))
        .isEqualTo(ErrorCode.UNKNOWN_MEMBER_ID);
    assertThat(errorOf(bed.sync(bed.syncRequest(leader, 1).groupId("nobody"))))
        .isEqualTo(ErrorCode.UNKNOWN_MEMBER_ID);
    assertThat(errorOf(bed.sync(bed.syncRequest(leader, 1).groupId(""))))
        .isEqualTo(ErrorCode.INVALID_GROUP_ID);
  }

  @Test
  void refusesAMemberThatThinksOfAnotherProtocol() {
    assertThat(errorOf(bed.sync(bed.syncRequest(leader, 1).protocolName("roundrobin"))))
        .isEqualTo(ErrorCode.INCONSISTENT_GROUP_PROTOCOL);
    assertThat(errorOf(bed.sync(bed.syncRequest(leader, 1).protocolType("connect"))))
        .isEqualTo(ErrorCode.INCONSISTENT_GROUP_PROTOCOL);
  }

  @Test
  void asksForTheProtocolSinceVersion5() {
    assertThat(errorOf(bed.sync(bed.syncRequest(follower, 1).protocolName(null), 5)))
        .isEqualTo(ErrorCode.INCONSISTENT_GROUP_PROTOCOL);
    assertThat(bed.sync(bed.syncRequest(follower, 1).protocolName(null), 4).hasCome()).isFalse();
  }

  @Test
  void sendsWaitingMembersBackWhenAnotherRebalanceBegins() {
    Answer<SyncGroupResponse> waiting = bed.sync(bed.syncRequest(follower, 1));
    bed.join(joinRequest(bed.memberId()));

    assertThat(errorOf(waiting)).isEqualTo(ErrorCode.REBALANCE_IN_PROGRESS);
    assertThat(errorOf(bed.sync(bed.syncRequest(leader, 1))))
        .isEqualTo(ErrorCode.REBALANCE_IN_PROGRESS);
  }

  @Test
  void rebalancesWithoutMembersThatDoNotSyncInTime() {
    bed.sync(bed.assigning(leader, 1, leader, "p0", follower, "p1"));
    for (int i = 0; i < 12; i++) {
      bed.pass(5_000);
      bed.heartbeat(leader, 1);
      bed.heartbeat(follower, 1);
    }

    assertThat(bed.group().hasMember(follower)).isFalse();
    assertThat(bed.group().state()).isEqualTo(ClassicGroupState.PREPARING_REBALANCE);
  }

  @Test
  void doesNotWaitForEverForALeaderThatDoesNotAssign() {
    Answer<SyncGroupResponse> waiting = bed.sync(bed.syncRequest(follower, 1));
    for (int i = 0; i < 12; i++) {
      bed.pass(5_000);
      bed.heartbeat(leader, 1);
    }

    assertThat(errorOf(waiting)).isEqualTo(ErrorCode.REBALANCE_IN_PROGRESS);
    assertThat(bed.group().hasMember(leader)).isFalse();
    JoinGroupResponse next = bed.join(joinRequest(follower)).get();
    assertThat(next.leader()).isEqualTo(follower);
  }

  @Test
  void rebalancesWhenTheAssignmentCannotBeWrittenDown() {
    Answer<SyncGroupResponse> waiting = bed.sync(bed.syncRequest(follower, 1));
    bed.log.failNextAppend(ErrorCode.NOT_ENOUGH_REPLICAS);
    Answer<SyncGroupResponse> leaders =
        bed.sync(bed.assigning(leader, 1, leader, "p0", follower, "p1"));

    assertThat(errorOf(leaders)).isEqualTo(ErrorCode.COORDINATOR_NOT_AVAILABLE);
    assertThat(errorOf(waiting)).isEqualTo(ErrorCode.COORDINATOR_NOT_AVAILABLE);
    assertThat(leaders.get().assignment()).isEmpty();
    assertThat(bed.group().state()).isEqualTo(ClassicGroupState.PREPARING_REBALANCE);
    Answer<JoinGroupResponse> again = bed.join(joinRequest(leader));
    bed.join(joinRequest(follower));
    bed.stabilizeAgain(List.of(leader, follower), again);
  }

  @Test
  void tellsWhyAnAssignmentCouldNotBeWrittenInWordsOfACoordinator() {
    bed.log.failNextAppend(ErrorCode.NOT_LEADER_OR_FOLLOWER);
    assertThat(errorOf(bed.sync(bed.assigning(leader, 1)))).isEqualTo(ErrorCode.NOT_COORDINATOR);
    beginAgain();
    bed.log.failNextAppend(ErrorCode.MESSAGE_TOO_LARGE);
    assertThat(errorOf(bed.sync(bed.assigning(leader, 2))))
        .isEqualTo(ErrorCode.UNKNOWN_SERVER_ERROR);
  }

  private void beginAgain() {
    bed.join(joinRequest(leader));
    bed.join(joinRequest(follower));
    assertThat(bed.group().state()).isEqualTo(ClassicGroupState.COMPLETING_REBALANCE);
  }

  @Test
  void sparesMembersFromHeartbeatsWhileTheyWaitForUs() {
    Answer<SyncGroupResponse> waiting = bed.sync(bed.syncRequest(follower, 1));
    for (int i = 0; i < 6; i++) {
      bed.pass(5_000);
      bed.heartbeat(leader, 1);
    }
    bed.sync(bed.assigning(leader, 1, leader, "p0", follower, "p1"));

    assertThat(text(waiting.get().assignment())).isEqualTo("p1");
    bed.pass(9_000);
    assertThat(bed.heartbeat(follower, 1)).as("the session began anew").isEqualTo(ErrorCode.NONE);
    bed.pass(10_000);
    assertThat(bed.group().hasMember(follower)).as("and ends again").isFalse();
  }

  @Test
  void sendsBackTheOlderOfTwoSyncsOfOneMember() {
    Answer<SyncGroupResponse> older = bed.sync(bed.syncRequest(follower, 1));
    Answer<SyncGroupResponse> newer = bed.sync(bed.syncRequest(follower, 1));

    assertThat(errorOf(older)).isEqualTo(ErrorCode.REBALANCE_IN_PROGRESS);
    assertThat(newer.hasCome()).isFalse();
  }

  @Test
  void answersAMemberThatLeavesWhileItWaits() {
    Answer<SyncGroupResponse> waiting = bed.sync(bed.syncRequest(follower, 1));
    bed.leave(follower);

    assertThat(errorOf(waiting)).isEqualTo(ErrorCode.UNKNOWN_MEMBER_ID);
  }
}
