package io.ottla.coordinator.group;

import static io.ottla.coordinator.group.GroupBed.error;
import static io.ottla.coordinator.group.GroupBed.joinRequest;
import static io.ottla.coordinator.group.GroupBed.protocol;
import static io.ottla.coordinator.group.GroupBed.text;
import static org.assertj.core.api.Assertions.assertThat;

import io.ottla.coordinator.Answer;
import io.ottla.wire.ErrorCode;
import io.ottla.wire.message.JoinGroupRequest;
import io.ottla.wire.message.JoinGroupResponse;
import io.ottla.wire.message.SyncGroupResponse;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Whole rebalances, as consumers with eager and with cooperative assignors go through them. */
class RebalanceFlowsTest {

  private final GroupBed bed = new GroupBed();

  @Test
  void eagerMembersAllStopAndStartTogetherWhenOneJoins() {
    List<String> members = bed.stableGroup(2);
    String leader = members.get(0);
    String follower = members.get(1);
    String joining = bed.memberId();
    Answer<JoinGroupResponse> third = bed.join(joinRequest(joining));
    assertThat(bed.heartbeat(leader, 1)).isEqualTo(ErrorCode.REBALANCE_IN_PROGRESS);
    assertThat(bed.heartbeat(follower, 1)).isEqualTo(ErrorCode.REBALANCE_IN_PROGRESS);
    Answer<JoinGroupResponse> second = bed.join(joinRequest(follower));
    Answer<JoinGroupResponse> first = bed.join(joinRequest(leader));
    assertThat(List.of(first, second, third))
        .allSatisfy(join -> assertThat(join.get().generationId()).isEqualTo(2));

    Answer<SyncGroupResponse> thirdSync = bed.sync(bed.syncRequest(joining, 2));
    Answer<SyncGroupResponse> secondSync = bed.sync(bed.syncRequest(follower, 2));
    assertThat(bed.heartbeat(follower, 2)).isEqualTo(ErrorCode.NONE);
    Answer<SyncGroupResponse> firstSync =
        bed.sync(bed.assigning(leader, 2, leader, "p0", follower, "p1", joining, "p2"));
    assertThat(List.of(firstSync, secondSync, thirdSync))
        .extracting(sync -> text(sync.get().assignment()))
        .containsExactly("p0", "p1", "p2");
    assertThat(error(bed.leave(joining).members().get(0).errorCode())).isEqualTo(ErrorCode.NONE);
    assertThat(bed.heartbeat(leader, 2)).isEqualTo(ErrorCode.REBALANCE_IN_PROGRESS);
    bed.assertReplayEqualsLiveState();
  }

  /**
   * What a cooperative member says: what it reads, and what it owns, told apart by a topic here.
   */
  private static JoinGroupRequest owning(String memberId, String owned) {
    return joinRequest(memberId).protocols(List.of(protocol("cooperative-sticky", "t", owned)));
  }

  private String cooperativeMember() {
    return bed.join(owning("", "nothing")).get().memberId();
  }

  private SyncGroupResponse syncCooperatively(
      String memberId, int generation, String... assignments) {
    return bed.sync(
            bed.assigning(memberId, generation, assignments).protocolName("cooperative-sticky"))
        .get();
  }

  @Test
  void cooperativeMembersGiveUpPartitionsInOneRebalanceAndHandThemOnInTheNext() {
    String first = cooperativeMember();
    bed.join(owning(first, "nothing"));
    bed.pass(3_000);
    assertThat(text(syncCooperatively(first, 1, first, "p0 p1").assignment())).isEqualTo("p0 p1");

    String second = cooperativeMember();
    bed.join(owning(second, "nothing"));
    // It goes on reading while it joins again.
    assertThat(bed.heartbeat(first, 1)).isEqualTo(ErrorCode.REBALANCE_IN_PROGRESS);
    Answer<JoinGroupResponse> join = bed.join(owning(first, "p0 p1"));
    assertThat(join.get().generationId()).isEqualTo(2);
    assertThat(join.get().members().get(0).metadata())
        .as("the leader sees what members own")
        .isEqualTo(protocol("x", "t", "p0 p1").metadata());
    syncCooperatively(first, 2, first, "p0", second, "");
    assertThat(syncCooperatively(second, 2).assignment()).isEmpty();
    assertThat(bed.group().state()).isEqualTo(ClassicGroupState.STABLE);

    // It has given up p1, and says so: the leader joining again makes the second rebalance.
    Answer<JoinGroupResponse> again = bed.join(owning(first, "p0"));
    assertThat(again.hasCome()).isFalse();
    bed.join(owning(second, "nothing"));
    assertThat(again.get().generationId()).isEqualTo(3);
    syncCooperatively(first, 3, first, "p0", second, "p1");
    assertThat(text(syncCooperatively(second, 3).assignment())).isEqualTo("p1");
    bed.assertReplayEqualsLiveState();
  }

  @Test
  void aCooperativeFollowerThatGaveUpPartitionsMakesTheSecondRebalanceToo() {
    List<String> members = bed.stableGroup(2);
    Answer<JoinGroupResponse> follower =
        bed.join(
            joinRequest(members.get(1)).protocols(List.of(protocol("range", "t", "owns less"))));

    assertThat(follower.hasCome()).isFalse();
    assertThat(bed.heartbeat(members.get(0), 1)).isEqualTo(ErrorCode.REBALANCE_IN_PROGRESS);
  }
}
