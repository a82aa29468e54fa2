package io.ottla.coordinator.group;

import static io.ottla.coordinator.group.GroupBed.GROUP;
import static io.ottla.coordinator.group.GroupBed.error;
import static io.ottla.coordinator.group.MixedBed.beat;
import static io.ottla.coordinator.group.MixedBed.joining;
import static org.assertj.core.api.Assertions.assertThat;

import io.ottla.coordinator.group.consumer.MigrationPolicy;
import io.ottla.wire.ErrorCode;
import io.ottla.wire.message.HeartbeatRequest;
import io.ottla.wire.message.JoinGroupRequest;
import io.ottla.wire.message.JoinGroupResponse;
import io.ottla.wire.message.LeaveGroupRequest;
import io.ottla.wire.message.LeaveGroupResponse;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Members of the classic protocol in a consumer group. */
final class ClassicMembersTest {

  private final MixedBed mixed = new MixedBed(MigrationPolicy.BIDIRECTIONAL);
  private final GroupBed bed = mixed.bed;

  @BeforeEach
  void aGroupWithAMemberOfTheConsumerProtocol() {
    mixed.ok(joining("m", "t"));
  }

  private JoinGroupRequest request(String memberId) {
    return mixed.classicJoin(memberId, Map.of(), "t");
  }

  private ErrorCode joinError(JoinGroupRequest request) {
    return error(mixed.join(request).errorCode());
  }

  private ErrorCode syncError(String memberId, int generation) {
    return error(mixed.sync(memberId, generation).errorCode());
  }

  @Test
  void anUnknownMemberIsGivenAnIdToComeBackWith() {
    JoinGroupResponse response = mixed.join(request(""));

    assertThat(error(response.errorCode())).isEqualTo(ErrorCode.MEMBER_ID_REQUIRED);
    assertThat(response.memberId()).isNotEmpty();
    assertThat(mixed.consumerGroup().size()).isEqualTo(1);
    assertThat(mixed.joined(request(response.memberId())).memberId())
        .isEqualTo(response.memberId());
    assertThat(mixed.consumerGroup().classicMembers()).isEqualTo(1);
  }

  @Test
  void anOldClientJoinsAtOnce() {
    JoinGroupResponse response = bed.join(request(""), 3).get();

    assertThat(error(response.errorCode())).isEqualTo(ErrorCode.NONE);
    assertThat(mixed.member(response.memberId()).isClassic()).isTrue();
    assertThat(error(bed.join(request(""), 0).get().errorCode())).isEqualTo(ErrorCode.NONE);
  }

  @Test
  void whoCannotWorkWithTheOthersIsRefused() {
    mixed.joined(request("a"));
    JoinGroupRequest other = request("b");
    other.protocols().getFirst().name("something");
    assertThat(joinError(other)).isEqualTo(ErrorCode.INCONSISTENT_GROUP_PROTOCOL);
    assertThat(joinError(request("b").protocolType("connect")))
        .isEqualTo(ErrorCode.INCONSISTENT_GROUP_PROTOCOL);
    JoinGroupRequest malformed = request("b");
    malformed.protocols().getFirst().metadata(new byte[] {0, 1, 9});
    assertThat(joinError(malformed)).isEqualTo(ErrorCode.INCONSISTENT_GROUP_PROTOCOL);
    assertThat(joinError(request("b").protocols(List.of())))
        .isEqualTo(ErrorCode.INCONSISTENT_GROUP_PROTOCOL);
    assertThat(mixed.consumerGroup().size()).isEqualTo(2);
  }

  @Test
  void whereThePolicyIsDisabledNobodyJoins() {
    MixedBed disabled = new MixedBed(MigrationPolicy.DISABLED);
    disabled.ok(joining("m", "t"));

    assertThat(error(disabled.join(disabled.classicJoin("", Map.of(), "t")).errorCode()))
        .isEqualTo(ErrorCode.INCONSISTENT_GROUP_PROTOCOL);
  }

  @Test
  void aFullGroupTakesNobodyElse() {
    for (int i = 0; i < 9; i++) {
      mixed.joined(request("c" + i));
    }

    assertThat(joinError(request("one too many"))).isEqualTo(ErrorCode.GROUP_MAX_SIZE_REACHED);
    assertThat(joinError(request("c3"))).isEqualTo(ErrorCode.NONE);
  }

  @Test
  void requestsOfThoseWhoAreNoMembersAreRefused() {
    int epoch = mixed.joined(request("c")).generationId();

    assertThat(bed.heartbeat("nobody", epoch)).isEqualTo(ErrorCode.UNKNOWN_MEMBER_ID);
    assertThat(syncError("nobody", epoch)).isEqualTo(ErrorCode.UNKNOWN_MEMBER_ID);
    assertThat(bed.heartbeat("c", epoch - 1)).isEqualTo(ErrorCode.ILLEGAL_GENERATION);
    assertThat(syncError("c", epoch + 1)).isEqualTo(ErrorCode.ILLEGAL_GENERATION);
    int ofOther = mixed.member("m").epoch();
    assertThat(bed.heartbeat("m", ofOther)).isEqualTo(ErrorCode.UNKNOWN_MEMBER_ID);
    assertThat(syncError("m", ofOther)).isEqualTo(ErrorCode.UNKNOWN_MEMBER_ID);
    assertThat(
            error(
                bed.sync(bed.syncRequest("c", epoch).protocolName("roundrobin")).get().errorCode()))
        .isEqualTo(ErrorCode.INCONSISTENT_GROUP_PROTOCOL);
    assertThat(error(bed.sync(bed.syncRequest("c", epoch).protocolType("other")).get().errorCode()))
        .isEqualTo(ErrorCode.INCONSISTENT_GROUP_PROTOCOL);
  }

  @Test
  void aNewGenerationIsJoinedBeforeItIsSynced() {
    mixed.joined(request("c"));
    int before = mixed.member("c").epoch();
    mixed.joined(request("d"));

    assertThat(syncError("c", before)).isEqualTo(ErrorCode.REBALANCE_IN_PROGRESS);
  }

  @Test
  void aStaticMemberIsReplacedByWhoComesUnderItsName() {
    mixed.joined(request("").groupInstanceId("one"));
    String first = mixed.consumerGroup().staticMemberId("one");
    int epoch = mixed.member(first).epoch();

    JoinGroupResponse second = mixed.joined(request("").groupInstanceId("one"));

    assertThat(mixed.consumerGroup().staticMemberId("one")).isEqualTo(second.memberId());
    assertThat(mixed.member(first)).isNull();
    assertThat(second.generationId()).isEqualTo(epoch);
    assertThat(mixed.consumerGroup().epoch()).isEqualTo(epoch);
    assertThat(
            error(
                bed.heartbeat(
                        new HeartbeatRequest()
                            .groupId(GROUP)
                            .memberId(first)
                            .groupInstanceId("one")
                            .generationId(epoch))
                    .get()
                    .errorCode()))
        .isEqualTo(ErrorCode.FENCED_INSTANCE_ID);
    assertThat(joinError(request(first).groupInstanceId("one")))
        .isEqualTo(ErrorCode.FENCED_INSTANCE_ID);
    assertThat(joinError(request("x").groupInstanceId("unknown")))
        .isEqualTo(ErrorCode.UNKNOWN_MEMBER_ID);
    bed.assertReplayEqualsLiveState();
  }

  @Test
  void anAdministratorRemovesMembersByNameOrId() {
    mixed.joined(request("").groupInstanceId("one"));
    mixed.joined(request("c"));

    LeaveGroupResponse response =
        bed.leave(
                new LeaveGroupRequest()
                    .groupId(GROUP)
                    .members(
                        List.of(
                            new LeaveGroupRequest.MemberIdentity().groupInstanceId("one"),
                            new LeaveGroupRequest.MemberIdentity().memberId("c"),
                            new LeaveGroupRequest.MemberIdentity().memberId("nobody"),
                            new LeaveGroupRequest.MemberIdentity().groupInstanceId("two"))),
                5)
            .get();

    assertThat(response.members().stream().map(each -> error(each.errorCode())))
        .containsExactly(
            ErrorCode.NONE,
            ErrorCode.NONE,
            ErrorCode.UNKNOWN_MEMBER_ID,
            ErrorCode.UNKNOWN_MEMBER_ID);
    assertThat(mixed.consumerGroup().size()).isEqualTo(1);
    bed.assertReplayEqualsLiveState();
  }

  private void keepAlive(int seconds) {
    for (int i = 0; i < seconds; i++) {
      bed.pass(1_000);
      mixed.ok(beat("m", mixed.member("m").epoch()));
    }
  }

  @Test
  void whoIsSilentIsRemovedAfterItsSession() {
    int epoch = mixed.joined(request("c")).generationId();
    mixed.synced("c", epoch);
    keepAlive(9);
    assertThat(bed.heartbeat("c", epoch)).isEqualTo(ErrorCode.NONE);
    keepAlive(9);
    assertThat(mixed.member("c")).isNotNull();
    keepAlive(2);
    assertThat(mixed.member("c")).isNull();
  }

  @Test
  void whoJoinsMustSyncInTime() {
    int epoch = mixed.joined(request("c")).generationId();
    for (int i = 0; i < 4; i++) {
      keepAlive(5);
      if (mixed.member("c") != null) {
        bed.heartbeat("c", epoch);
      }
    }
    keepAlive(1);
    assertThat(mixed.member("c")).isNull();
  }

  @Test
  void whoIsToldToJoinAgainMustDoSoInTime() {
    int epoch = mixed.joined(request("c")).generationId();
    mixed.synced("c", epoch);
    keepAlive(1);
    mixed.ok(joining("n", "t"));
    assertThat(bed.heartbeat("c", epoch)).isEqualTo(ErrorCode.REBALANCE_IN_PROGRESS);
    for (int i = 0; i < 4; i++) {
      keepAlive(5);
      if (mixed.member("c") != null) {
        assertThat(bed.heartbeat("c", epoch)).isEqualTo(ErrorCode.REBALANCE_IN_PROGRESS);
      }
    }
    keepAlive(1);
    assertThat(mixed.member("c")).isNull();
    assertThat(bed.heartbeat("c", epoch)).isEqualTo(ErrorCode.UNKNOWN_MEMBER_ID);
  }

  @Test
  void whoWaitsForPartitionsIsCalledWhenTheyAreFree() {
    int epoch = mixed.joined(request("c")).generationId();
    assertThat(mixed.synced("c", epoch)).isEmpty();
    assertThat(bed.heartbeat("c", epoch)).isEqualTo(ErrorCode.NONE);

    var response = mixed.ok(beat("m", mixed.member("m").epoch()));
    List<Integer> kept = response.assignment().topicPartitions().getFirst().partitions();
    mixed.ok(
        beat("m", response.memberEpoch())
            .topicPartitions(
                List.of(
                    new io.ottla.wire.message.ConsumerGroupHeartbeatRequest.TopicPartitions()
                        .topicId(bed.topics.topicId("t"))
                        .partitions(kept))));

    assertThat(bed.heartbeat("c", epoch)).isEqualTo(ErrorCode.REBALANCE_IN_PROGRESS);
    mixed.joined(request("c"));
    Set<Integer> got = mixed.synced("c", mixed.member("c").epoch()).get("t");
    assertThat(got).hasSize(5).doesNotContainAnyElementsOf(kept);
  }

  @Test
  void aMemberGoesOverToTheConsumerProtocolUnderItsName() {
    mixed.joined(request("").groupInstanceId("one"));
    String classic = mixed.consumerGroup().staticMemberId("one");

    mixed.ok(joining("new", "t").instanceId("one"));

    assertThat(mixed.member(classic)).isNull();
    assertThat(mixed.consumerGroup().classicMembers()).isZero();
    bed.assertReplayEqualsLiveState();
  }
}
