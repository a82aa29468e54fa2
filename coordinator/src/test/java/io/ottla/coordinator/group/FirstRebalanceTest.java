package io.ottla.coordinator.group;

import static io.ottla.coordinator.group.GroupBed.error;
import static io.ottla.coordinator.group.GroupBed.joinRequest;
import static org.assertj.core.api.Assertions.assertThat;

import io.ottla.coordinator.Answer;
import io.ottla.wire.ErrorCode;
import io.ottla.wire.message.JoinGroupRequest;
import io.ottla.wire.message.JoinGroupResponse;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** How long an empty group waits for members where an operator has not said it. */
class FirstRebalanceTest {

  private final GroupBed bed = new GroupBed(GroupCoordinatorConfig.defaults());

  @Test
  void endsWhenNobodyHasJoinedForAWhile() {
    Answer<JoinGroupResponse> first = bed.join(joinRequest(""), 3);
    bed.pass(499);
    assertThat(first.hasCome()).isFalse();
    bed.pass(1);
    assertThat(first.get().members()).hasSize(1);
  }

  @Test
  void goesOnWhileMembersKeepComing() {
    Answer<JoinGroupResponse> first = bed.join(joinRequest(""), 3);
    for (int i = 0; i < 20; i++) {
      bed.pass(400);
      bed.join(joinRequest(""), 3);
    }
    bed.pass(499);
    assertThat(first.hasCome()).isFalse();
    bed.pass(1);
    assertThat(first.get().members()).hasSize(21);
  }

  @Test
  void isNotProlongedByAMemberThatAsksAgain() {
    String memberId = bed.memberId();
    bed.join(joinRequest(memberId));
    bed.pass(400);
    Answer<JoinGroupResponse> again = bed.join(joinRequest(memberId));
    bed.pass(100);
    assertThat(again.hasCome()).isTrue();
  }

  @Test
  void keepsNoMemberWaitingForLongerThanItWould() {
    JoinGroupRequest request = joinRequest("").rebalanceTimeoutMs(2_000);
    Answer<JoinGroupResponse> first = bed.join(request, 3);
    for (int i = 0; i < 4; i++) {
      bed.pass(450);
      bed.join(request, 3);
    }
    assertThat(first.hasCome()).isFalse();
    bed.pass(200);
    assertThat(first.hasCome()).isTrue();
  }

  @Test
  void theNextRebalancesWaitForNobodyNew() {
    List<String> members = bed.stableGroup(1);
    Answer<JoinGroupResponse> joining = bed.join(joinRequest(bed.memberId()));
    bed.join(joinRequest(members.get(0)));
    assertThat(joining.hasCome()).isTrue();
  }

  @Test
  void thousandsThatWantToJoinASmallGroupAreTurnedAway() {
    GroupBed small = new GroupBed(GroupCoordinatorConfig.builder().maxGroupSize(1_000).build());
    List<String> memberIds = new ArrayList<>();
    for (int i = 0; i < 10_000; i++) {
      memberIds.add(small.memberId());
    }
    Answer<JoinGroupResponse> refused = small.join(joinRequest(""));
    assertThat(error(refused.get().errorCode()))
        .as("ids are not given out without end")
        .isEqualTo(ErrorCode.COORDINATOR_NOT_AVAILABLE);

    List<Answer<JoinGroupResponse>> joins = new ArrayList<>();
    memberIds.forEach(memberId -> joins.add(small.join(joinRequest(memberId))));
    small.pass(1_000);

    Map<ErrorCode, Integer> answers = new EnumMap<>(ErrorCode.class);
    joins.forEach(join -> answers.merge(error(join.get().errorCode()), 1, Integer::sum));
    assertThat(answers)
        .isEqualTo(Map.of(ErrorCode.NONE, 1_000, ErrorCode.GROUP_MAX_SIZE_REACHED, 9_000));
    assertThat(small.group().size()).isEqualTo(1_000);
    assertThat(small.group().pending().isEmpty()).isTrue();
  }
}
