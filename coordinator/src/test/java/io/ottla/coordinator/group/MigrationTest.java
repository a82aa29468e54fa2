package io.ottla.coordinator.group;

import static io.ottla.coordinator.group.GroupBed.GROUP;
import static io.ottla.coordinator.group.GroupBed.error;
import static io.ottla.coordinator.group.MixedBed.beat;
import static io.ottla.coordinator.group.MixedBed.joining;
import static org.assertj.core.api.Assertions.assertThat;

import io.ottla.coordinator.Answer;
import io.ottla.coordinator.group.consumer.MemberState;
import io.ottla.coordinator.group.consumer.MigrationPolicy;
import io.ottla.wire.ErrorCode;
import io.ottla.wire.message.HeartbeatRequest;
import io.ottla.wire.message.JoinGroupRequest;
import io.ottla.wire.message.JoinGroupResponse;
import io.ottla.wire.message.LeaveGroupRequest;
import io.ottla.wire.message.SyncGroupResponse;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** Groups that change protocol while they have members. */
final class MigrationTest {

  private static final Set<Integer> FIRST = Set.of(0, 1, 2, 3, 4);
  private static final Set<Integer> SECOND = Set.of(5, 6, 7, 8, 9);

  private final MixedBed mixed = new MixedBed(MigrationPolicy.BIDIRECTIONAL);
  private final GroupBed bed = mixed.bed;

  private List<String> twoClassicMembers(MixedBed of) {
    return of.classicGroup(List.of(Map.of("t", FIRST), Map.of("t", SECOND)));
  }

  @Test
  void aClassicGroupBecomesAConsumerGroupWhenAMemberOfThatProtocolJoins() {
    List<String> ids = twoClassicMembers(mixed);
    int generation = bed.group().generation();

    var response = mixed.ok(joining("m", "t"));

    assertThat(mixed.newRecords())
        .containsExactly(
            "-GroupMetadataKey",
            "+ConsumerGroupMemberMetadataKey",
            "+ConsumerGroupMemberMetadataKey",
            "+ConsumerGroupMetadataKey",
            "+ConsumerGroupTargetAssignmentMemberKey",
            "+ConsumerGroupTargetAssignmentMemberKey",
            "+ConsumerGroupTargetAssignmentMetadataKey",
            "+ConsumerGroupCurrentMemberAssignmentKey",
            "+ConsumerGroupCurrentMemberAssignmentKey",
            "+ConsumerGroupMemberMetadataKey",
            "+ConsumerGroupMetadataKey",
            "+ConsumerGroupTargetAssignmentMemberKey",
            "+ConsumerGroupTargetAssignmentMemberKey",
            "+ConsumerGroupTargetAssignmentMemberKey",
            "+ConsumerGroupTargetAssignmentMetadataKey",
            "+ConsumerGroupCurrentMemberAssignmentKey");
    assertThat(bed.group()).isNull();
    assertThat(response.memberEpoch()).isEqualTo(generation + 1);
    assertThat(response.assignment().topicPartitions()).isEmpty();
    assertThat(mixed.consumerGroup().classicMembers()).isEqualTo(2);
    for (String id : ids) {
      assertThat(mixed.member(id).epoch()).isEqualTo(generation);
      assertThat(mixed.member(id).current().state()).isEqualTo(MemberState.STABLE);
    }
    bed.assertReplayEqualsLiveState();
  }

  @Test
  void membersOfBothProtocolsPassPartitionsToEachOther() {
    List<String> ids = twoClassicMembers(mixed);
    int generation = bed.group().generation();
    mixed.ok(joining("m", "t"));

    // Told to join again; says what it has; is told what it keeps; joins without the rest.
    assertThat(bed.heartbeat(ids.getFirst(), generation))
        .isEqualTo(ErrorCode.REBALANCE_IN_PROGRESS);
    JoinGroupResponse first =
        mixed.joined(mixed.classicJoin(ids.getFirst(), Map.of("t", FIRST), "t"));
    assertThat(first.generationId()).isEqualTo(generation);
    assertThat(first.protocolName()).isEqualTo("range");
    assertThat(first.leader()).isEmpty();
    Set<Integer> kept = mixed.synced(ids.getFirst(), generation).get("t");
    assertThat(FIRST).containsAll(kept).hasSizeGreaterThan(kept.size());
    assertThat(bed.heartbeat(ids.getFirst(), generation))
        .isEqualTo(ErrorCode.REBALANCE_IN_PROGRESS);
    JoinGroupResponse again =
        mixed.joined(mixed.classicJoin(ids.getFirst(), Map.of("t", kept), "t"));
    assertThat(again.generationId()).isEqualTo(generation + 1);
    assertThat(mixed.synced(ids.getFirst(), generation + 1).get("t")).isEqualTo(kept);
    assertThat(bed.heartbeat(ids.getFirst(), generation + 1)).isEqualTo(ErrorCode.NONE);

    var response = mixed.ok(beat("m", generation + 1));
    assertThat(response.assignment().topicPartitions().getFirst().partitions())
        .hasSize(FIRST.size() - kept.size())
        .doesNotContainAnyElementsOf(kept)
        .doesNotContainAnyElementsOf(SECOND);
    bed.assertReplayEqualsLiveState();
  }

  @Test
  void whoWaitsInTheClassicGroupIsSentBackToJoinAgain() {
    String id = bed.memberId();
    Answer<JoinGroupResponse> first = bed.join(mixed.classicJoin(id, Map.of(), "t"));
    bed.pass(2_000);
    Answer<SyncGroupResponse> sync =
        bed.sync(bed.syncRequest(bed.memberId(), first.get().generationId()));
    assertThat(error(sync.get().errorCode())).isEqualTo(ErrorCode.UNKNOWN_MEMBER_ID);
    String other = bed.memberId();
    Answer<JoinGroupResponse> waiting = bed.join(mixed.classicJoin(other, Map.of(), "t"));
    assertThat(waiting.hasCome()).isFalse();

    mixed.ok(joining("m", "t"));

    assertThat(error(waiting.get().errorCode())).isEqualTo(ErrorCode.REBALANCE_IN_PROGRESS);
    assertThat(waiting.get().memberId()).isEqualTo(other);
    mixed.joined(mixed.classicJoin(other, Map.of(), "t"));
  }

  @Test
  void aGroupInItsFirstRebalanceIsTakenOverToo() {
    MixedBed slow = new MixedBed(MigrationPolicy.UPGRADE);
    String id = slow.bed.memberId();
    Answer<JoinGroupResponse> waiting = slow.bed.join(slow.classicJoin(id, Map.of(), "t"));
    assertThat(waiting.hasCome()).isFalse();

    slow.ok(joining("m", "t"));

    assertThat(error(waiting.get().errorCode())).isEqualTo(ErrorCode.REBALANCE_IN_PROGRESS);
    assertThat(slow.member(id).isClassic()).isTrue();
  }

  @Test
  void aGroupStaysClassicWhereThePolicyOrItsMembersSaySo() {
    for (MigrationPolicy policy : List.of(MigrationPolicy.DISABLED, MigrationPolicy.DOWNGRADE)) {
      MixedBed other = new MixedBed(policy);
      twoClassicMembers(other);
      assertThat(other.errorOf(joining("m", "t"))).isEqualTo(ErrorCode.GROUP_ID_NOT_FOUND);
      assertThat(other.bed.group().size()).isEqualTo(2);
      assertThat(other.newRecords()).isEmpty();
    }
    assertStaysClassic(MixedBed.assignment(Map.of("t", FIRST), new byte[] {1}));
    assertStaysClassic(new byte[] {0});
    assertStaysClassic(new byte[] {-1, -1, 0, 0});
  }

  private static void assertStaysClassic(byte[] assignment) {
    MixedBed other = new MixedBed(MigrationPolicy.BIDIRECTIONAL);
    String id = other.bed.memberId();
    Answer<JoinGroupResponse> join = other.bed.join(other.classicJoin(id, Map.of(), "t"));
    other.bed.pass(2_000);
    var sync = other.bed.syncRequest(id, join.get().generationId());
    sync.assignments()
        .add(
            new io.ottla.wire.message.SyncGroupRequest.SyncGroupRequestAssignment()
                .memberId(id)
                .assignment(assignment));
    other.bed.sync(sync).get();

    assertThat(other.errorOf(joining("m", "t"))).isEqualTo(ErrorCode.GROUP_ID_NOT_FOUND);
    assertThat(other.bed.group().isIn(ClassicGroupState.STABLE)).isTrue();
  }

  @Test
  void aGroupOfOthersThanConsumersStaysClassic() {
    Answer<JoinGroupResponse> join = bed.join(GroupBed.joinRequest("").protocolType("connect"), 3);
    bed.pass(2_000);
    assertThat(join.hasCome()).isTrue();

    assertThat(mixed.errorOf(joining("m", "t"))).isEqualTo(ErrorCode.GROUP_ID_NOT_FOUND);
  }

  @Test
  void anUpgradeThatCannotBeWrittenChangesNothing() {
    List<String> ids = twoClassicMembers(mixed);
    int generation = bed.group().generation();
    bed.log.failNextAppend(ErrorCode.NOT_ENOUGH_REPLICAS);

    assertThat(mixed.errorOf(joining("m", "t"))).isNotEqualTo(ErrorCode.NONE);

    assertThat(mixed.consumerGroup()).isNull();
    assertThat(bed.heartbeat(ids.getLast(), generation)).isEqualTo(ErrorCode.NONE);
  }

  @Test
  void emptyGroupsTakeEitherProtocol() {
    MixedBed strict = new MixedBed(MigrationPolicy.DISABLED);
    List<String> ids = strict.classicGroup(List.of(Map.of("t", FIRST)));
    strict.bed.leave(ids.getFirst());
    assertThat(strict.bed.group().isEmpty()).isTrue();
    strict.bed.commit(GROUP, "t", 1, 17);

    strict.ok(joining("m", "t"));
    assertThat(strict.bed.group()).isNull();
    assertThat(strict.consumerGroup().size()).isEqualTo(1);

    strict.ok(beat("m", -1));
    assertThat(strict.consumerGroup().isEmpty()).isTrue();
    assertThat(error(strict.bed.join(strict.classicJoin("x", Map.of(), "t")).get().errorCode()))
        .isEqualTo(ErrorCode.UNKNOWN_MEMBER_ID);
    strict.newRecords();
    String id = strict.bed.memberId();
    assertThat(strict.newRecords())
        .containsExactly(
            "-ConsumerGroupTargetAssignmentMetadataKey",
            "-ConsumerGroupPartitionMetadataKey",
            "-ConsumerGroupMetadataKey",
            "+GroupMetadataKey");
    Answer<JoinGroupResponse> join = strict.bed.join(strict.classicJoin(id, Map.of(), "t"));
    strict.bed.pass(2_000);
    assertThat(error(join.get().errorCode())).isEqualTo(ErrorCode.NONE);
    assertThat(strict.bed.committed(GROUP, "t", 1)).isEqualTo(17);
    strict.bed.assertReplayEqualsLiveState();
  }

  /** Two members of the classic and one of the consumer protocol, all settled. */
  private List<String> settledMix() {
    List<String> ids = twoClassicMembers(mixed);
    int generation = bed.group().generation();
    mixed.ok(joining("m", "t"));
    settle(ids, generation);
    mixed.ok(beat("m", generation + 1));
    mixed.newRecords();
    return ids;
  }

  private void settle(List<String> ids, int generation) {
    for (String id : ids) {
      Set<Integer> had = id.equals(ids.getFirst()) ? FIRST : SECOND;
      mixed.joined(mixed.classicJoin(id, Map.of("t", had), "t"));
      Set<Integer> kept = mixed.synced(id, mixed.member(id).epoch()).get("t");
      if (mixed.member(id).epoch() == generation) {
        mixed.joined(mixed.classicJoin(id, Map.of("t", kept), "t"));
        mixed.synced(id, generation + 1);
      }
    }
  }

  @Test
  void aConsumerGroupBecomesAClassicGroupWhenTheLastMemberOfItsProtocolLeaves() {
    List<String> ids = settledMix();
    int epoch = mixed.consumerGroup().epoch();

    mixed.ok(beat("m", -1));

    assertThat(mixed.newRecords())
        .containsExactly(
            "-ConsumerGroupCurrentMemberAssignmentKey",
            "-ConsumerGroupCurrentMemberAssignmentKey",
            "-ConsumerGroupCurrentMemberAssignmentKey",
            "-ConsumerGroupTargetAssignmentMemberKey",
            "-ConsumerGroupTargetAssignmentMemberKey",
            "-ConsumerGroupTargetAssignmentMemberKey",
            "-ConsumerGroupTargetAssignmentMetadataKey",
            "-ConsumerGroupMemberMetadataKey",
            "-ConsumerGroupMemberMetadataKey",
            "-ConsumerGroupMemberMetadataKey",
            "-ConsumerGroupPartitionMetadataKey",
            "-ConsumerGroupMetadataKey",
            "+GroupMetadataKey");
    assertThat(mixed.consumerGroup()).isNull();
    assertThat(bed.group().isIn(ClassicGroupState.PREPARING_REBALANCE)).isTrue();
    assertThat(bed.group().generation()).isEqualTo(epoch);
    assertThat(bed.heartbeat(ids.getFirst(), epoch)).isEqualTo(ErrorCode.REBALANCE_IN_PROGRESS);
    Answer<JoinGroupResponse> first = bed.join(mixed.classicJoin(ids.getFirst(), Map.of(), "t"));
    Answer<JoinGroupResponse> second = bed.join(mixed.classicJoin(ids.getLast(), Map.of(), "t"));
    assertThat(error(first.get().errorCode())).isEqualTo(ErrorCode.NONE);
    assertThat(first.get().members()).hasSize(2);
    assertThat(second.get().generationId()).isEqualTo(epoch + 1);
  }

  @Test
  void theLogSaysWhatTheClassicGroupIs() {
    settledMix();
    mixed.ok(beat("m", -1));

    GroupBed reloaded = bed.reload();

    assertThat(reloaded.group().size()).isEqualTo(2);
    assertThat(reloaded.group().isIn(ClassicGroupState.STABLE)).isTrue();
    assertThat(
            reloaded.group().members().stream()
                .map(member -> MixedBed.assigned(member.assignment()).get("t").size()))
        .containsExactlyInAnyOrder(3, 4);
  }

  @Test
  void itDoesSoWhenThatMemberIsSilentOrRemoved() {
    List<String> ids = settledMix();
    int epoch = mixed.consumerGroup().epoch();
    for (int i = 0; i < 9; i++) {
      bed.pass(5_000);
      ids.forEach(id -> bed.heartbeat(id, epoch));
    }
    assertThat(bed.group().size()).isEqualTo(2);

    MixedBed other = new MixedBed(MigrationPolicy.BIDIRECTIONAL);
    other.classicGroup(List.of(Map.of("t", FIRST)));
    other.ok(joining("m", "t"));
    other.bed.leave("m");
    assertThat(other.bed.group().size()).isEqualTo(1);
  }

  @Test
  void itStaysWhereThePolicyOrTheSizeSaySo() {
    MixedBed upOnly = new MixedBed(MigrationPolicy.UPGRADE);
    twoClassicMembers(upOnly);
    upOnly.ok(joining("m", "t"));
    upOnly.ok(beat("m", -1));
    assertThat(upOnly.consumerGroup().classicMembers()).isEqualTo(2);

    MixedBed small =
        new MixedBed(
            MigrationPolicy.BIDIRECTIONAL, GroupCoordinatorConfig.builder().maxGroupSize(1));
    List<String> ids = small.classicGroup(List.of(Map.of("t", FIRST)));
    small.ok(joining("m", "t"));
    small.joined(small.classicJoin("another", Map.of(), "t"));
    small.ok(beat("m", -1));
    assertThat(small.consumerGroup().size()).isEqualTo(2);
    small.bed.leave(ids.getFirst());
    assertThat(small.bed.group().size()).isEqualTo(1);
  }

  @Test
  void whereItStaysThoughAllAreClassicWhatTheLastOneHadIsGivenOut() {
    MixedBed upOnly = new MixedBed(MigrationPolicy.UPGRADE);
    List<String> ids = upOnly.classicGroup(List.of(Map.of("t", FIRST)));
    upOnly.ok(joining("m", "t"));
    String id = ids.getFirst();
    upOnly.joined(upOnly.classicJoin(id, Map.of(), "t"));
    int epoch = upOnly.member(id).epoch();
    assertThat(upOnly.synced(id, epoch).get("t")).hasSize(5);
    upOnly.ok(beat("m", epoch));
    assertThat(upOnly.bed.heartbeat(id, epoch)).isEqualTo(ErrorCode.NONE);
    upOnly.bed.leave("m");

    assertThat(upOnly.bed.heartbeat(id, epoch)).isEqualTo(ErrorCode.REBALANCE_IN_PROGRESS);
    JoinGroupResponse response = upOnly.joined(upOnly.classicJoin(id, Map.of(), "t"));
    assertThat(upOnly.synced(id, response.generationId()).get("t")).hasSize(10);
    assertThat(upOnly.bed.heartbeat(id, response.generationId())).isEqualTo(ErrorCode.NONE);
  }

  @Test
  void itEndsEmptyIfNobodyStays() {
    mixed.ok(joining("m", "t"));
    mixed.joined(mixed.classicJoin("c", Map.of(), "t"));

    bed.leave(
            new LeaveGroupRequest()
                .groupId(GROUP)
                .members(
                    List.of(
                        new LeaveGroupRequest.MemberIdentity().memberId("m"),
                        new LeaveGroupRequest.MemberIdentity().memberId("c"))),
            5)
        .get();

    assertThat(mixed.consumerGroup().isEmpty()).isTrue();
  }

  @Test
  void aStaticMemberThatComesBackInTheClassicProtocolTakesTheGroupAlong() {
    mixed.ok(joining("m", "t").instanceId("one"));
    JoinGroupRequest request = mixed.classicJoin("", Map.of(), "t").groupInstanceId("one");

    JoinGroupResponse response = mixed.joined(request);

    assertThat(mixed.consumerGroup()).isNull();
    assertThat(bed.group().isIn(ClassicGroupState.STABLE)).isTrue();
    assertThat(bed.group().member(response.memberId()).groupInstanceId()).isEqualTo("one");
    assertThat(response.generationId()).isEqualTo(bed.group().generation());
    assertThat(mixed.synced(response.memberId(), response.generationId()).get("t")).hasSize(10);
    bed.assertReplayEqualsLiveState();
  }

  @Test
  void ifItReadsSomethingElseTheGroupRebalances() {
    mixed.ok(joining("m", "t").instanceId("one"));

    JoinGroupResponse response =
        mixed.joined(mixed.classicJoin("", Map.of(), "t", "u").groupInstanceId("one"));

    assertThat(bed.group().isIn(ClassicGroupState.PREPARING_REBALANCE)).isTrue();
    assertThat(
            error(
                bed.heartbeat(
                        new HeartbeatRequest()
                            .groupId(GROUP)
                            .memberId(response.memberId())
                            .groupInstanceId("one")
                            .generationId(bed.group().generation()))
                    .get()
                    .errorCode()))
        .isEqualTo(ErrorCode.REBALANCE_IN_PROGRESS);
  }
}
