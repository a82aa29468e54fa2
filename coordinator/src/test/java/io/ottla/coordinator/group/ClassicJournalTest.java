package io.ottla.coordinator.group;

import static io.ottla.coordinator.group.GroupBed.GROUP;
import static io.ottla.coordinator.group.GroupBed.joinRequest;
import static io.ottla.coordinator.group.GroupBed.staticJoinRequest;
import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.ottla.coordinator.Answer;
import io.ottla.coordinator.group.journal.RebalanceCause;
import io.ottla.coordinator.group.journal.RebalanceCause.GroupTooLarge;
import io.ottla.coordinator.group.journal.RebalanceCause.LeaderRejoined;
import io.ottla.coordinator.group.journal.RebalanceCause.MemberChanged;
import io.ottla.coordinator.group.journal.RebalanceCause.MemberJoined;
import io.ottla.coordinator.group.journal.RebalanceCause.MemberLeft;
import io.ottla.coordinator.group.journal.RebalanceCause.MemberRemoved;
import io.ottla.coordinator.group.journal.RebalanceCause.MemberReplaced;
import io.ottla.coordinator.group.journal.RebalanceCause.MemberTooSlow;
import io.ottla.coordinator.group.journal.RebalanceCause.SessionExpired;
import io.ottla.coordinator.group.journal.RebalanceEnd;
import io.ottla.coordinator.group.journal.RebalanceEntry;
import io.ottla.coordinator.group.journal.UnownedPartition;
import io.ottla.wire.ApiMessage;
import io.ottla.wire.ErrorCode;
import io.ottla.wire.ProtocolWriter;
import io.ottla.wire.message.ConsumerProtocolAssignment;
import io.ottla.wire.message.ConsumerProtocolSubscription;
import io.ottla.wire.message.JoinGroupRequest;
import io.ottla.wire.message.JoinGroupResponse;
import io.ottla.wire.message.LeaveGroupRequest;
import io.ottla.wire.message.SyncGroupRequest;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** What the journal says of groups of the classic protocol. */
class ClassicJournalTest {

  private static final int SESSION_TIMEOUT_MS = 10_000;
  private static final int REBALANCE_TIMEOUT_MS = 60_000;

  private final GroupBed bed = new GroupBed();

  private List<RebalanceEntry> entries() {
    return bed.coordinator.journal().entries(GROUP);
  }

  private RebalanceEntry last() {
    return entries().getLast();
  }

  private List<RebalanceCause> causes() {
    return last().causes().items();
  }

  @Test
  void theFirstRebalanceSaysWhoJoinedAndHowLongItTook() {
    List<String> members = bed.stableGroup(3);

    assertThat(entries()).hasSize(1);
    assertThat(last().end()).isEqualTo(RebalanceEnd.SETTLED);
    assertThat(last().fromGeneration()).isZero();
    assertThat(last().toGeneration()).isEqualTo(1);
    assertThat(last().membersBefore().count()).isZero();
    assertThat(last().membersAfter().items())
        .extracting(member -> member.memberId())
        .containsExactlyElementsOf(members);
    assertThat(last().membersAfter().items().getFirst().clientHost()).isEqualTo("/127.0.0.1");
    assertThat(last().durationMs()).isEqualTo(6_000);
    assertThat(causes()).hasSize(3).allMatch(cause -> cause instanceof MemberJoined);
    assertThat(last().unowned().known()).as("the assignments are no consumer's").isFalse();
  }

  @Test
  void theReasonsOfMembersAreKept() {
    List<String> members = bed.stableGroup(2);
    bed.leave(leaving(members.get(1), null, "the consumer is being closed"), 5);

    assertThat(causes())
        .singleElement()
        .isInstanceOfSatisfying(
            MemberLeft.class,
            left -> {
              assertThat(left.member().memberId()).isEqualTo(members.get(1));
              assertThat(left.reason()).isEqualTo("the consumer is being closed");
            });
    assertThat(last().end()).isEqualTo(RebalanceEnd.UNDER_WAY);
    assertThat(last().membersBefore().count()).as("with the one that left").isEqualTo(2);
  }

  private static LeaveGroupRequest leaving(String memberId, String instanceId, String reason) {
    return new LeaveGroupRequest()
        .groupId(GROUP)
        .members(
            List.of(
                new LeaveGroupRequest.MemberIdentity()
                    .memberId(memberId)
                    .groupInstanceId(instanceId)
                    .reason(reason)));
  }

  @Test
  void anAdministratorThatRemovesMembersIsToldFromMembersThatLeave() {
    List<String> members = bed.stableGroup(2);
    bed.leave(leaving(members.get(1), null, "member was removed by an admin: too slow"), 5);

    assertThat(causes()).singleElement().isInstanceOf(MemberRemoved.class);
  }

  @Test
  void whoNamesAMemberByItsInstanceIsAnAdministrator() {
    Answer<JoinGroupResponse> join = bed.join(staticJoinRequest("", "one"));
    bed.pass(3_000);
    bed.stabilize(List.of(join.get().memberId()), List.of(join));
    bed.leave(leaving("", "one", null), 5);

    assertThat(causes())
        .singleElement()
        .isInstanceOfSatisfying(
            MemberRemoved.class,
            removed -> assertThat(removed.member().groupInstanceId()).isEqualTo("one"));
    assertThat(last().end()).isEqualTo(RebalanceEnd.GROUP_EMPTY);
  }

  @Test
  void aMemberWithoutHeartbeatsIsSaidToHaveBeenSilentForHowLong() {
    List<String> members = bed.stableGroup(2);
    bed.pass(4_000);
    bed.heartbeat(members.get(0), 1);
    bed.pass(6_000);

    assertThat(causes())
        .singleElement()
        .isInstanceOfSatisfying(
            SessionExpired.class,
            expired -> {
              assertThat(expired.member().memberId()).isEqualTo(members.get(1));
              assertThat(expired.silentMs())
                  .isBetween((long) SESSION_TIMEOUT_MS, SESSION_TIMEOUT_MS + 5L);
              assertThat(expired.sessionTimeoutMs()).isEqualTo(SESSION_TIMEOUT_MS);
            });
  }

  @Test
  void aSessionThatIsLookedAtLateIsSaidToHaveBeenSilentForAsLong() {
    List<String> members = bed.stableGroup(2);
    // The shard stands still: nobody looks at the time.
    bed.clock.advanceMs(SESSION_TIMEOUT_MS + 7_000);
    bed.turn();

    assertThat(causes())
        .hasSize(2)
        .allSatisfy(
            cause -> {
              assertThat(((SessionExpired) cause).silentMs()).isEqualTo(17_000);
              assertThat(((SessionExpired) cause).lateMs()).isEqualTo(7_000);
            });
    assertThat(members).hasSize(2);
  }

  @Test
  void aMemberThatDoesNotJoinAgainInTimeIsNamed() {
    List<String> members = bed.stableGroup(2);
    Answer<JoinGroupResponse> join = bed.join(joinRequest(members.get(0)));
    for (int i = 0; i < REBALANCE_TIMEOUT_MS / 5_000; i++) {
      bed.heartbeat(members.get(1), 1);
      bed.pass(5_000);
    }
    assertThat(join.hasCome()).isTrue();

    assertThat(causes())
        .hasSize(2)
        .first()
        .isInstanceOfSatisfying(
            LeaderRejoined.class,
            leader -> assertThat(leader.member().memberId()).isEqualTo(members.get(0)));
    assertThat(causes().getLast())
        .isInstanceOfSatisfying(
            MemberTooSlow.class,
            slow -> {
              assertThat(slow.member().memberId()).isEqualTo(members.get(1));
              assertThat(slow.part()).isEqualTo(MemberTooSlow.Part.JOIN);
              assertThat(slow.givenMs()).isEqualTo(REBALANCE_TIMEOUT_MS);
            });
  }

  @Test
  void aMemberThatDoesNotSyncBeginsAnotherRebalance() {
    List<String> members = bed.stableGroup(2);
    bed.join(joinRequest(members.get(0)));
    bed.join(joinRequest(members.get(1)));
    bed.sync(bed.syncRequest(members.get(1), 2));
    for (int i = 0; i < REBALANCE_TIMEOUT_MS / 5_000; i++) {
      bed.heartbeat(members.get(0), 2);
      bed.pass(5_000);
    }

    assertThat(entries())
        .extracting(RebalanceEntry::end)
        .containsExactly(RebalanceEnd.SETTLED, RebalanceEnd.SUPERSEDED, RebalanceEnd.UNDER_WAY);
    assertThat(entries().get(1).toGeneration()).isEqualTo(2);
    assertThat(causes())
        .singleElement()
        .isInstanceOfSatisfying(
            MemberTooSlow.class,
            slow -> assertThat(slow.part()).isEqualTo(MemberTooSlow.Part.SYNC));
  }

  @Test
  void aMemberThatSubscribesToSomethingElseIsNamed() {
    List<String> members = bed.stableGroup(2);
    bed.join(
        joinRequest(members.get(1))
            .protocols(List.of(GroupBed.protocol("range", "u")))
            .reason("more to read"));

    assertThat(causes())
        .singleElement()
        .isInstanceOfSatisfying(
            MemberChanged.class, changed -> assertThat(changed.reason()).isEqualTo("more to read"));
  }

  @Test
  void aStaticMemberThatComesBackIsACauseOnlyIfTheGroupRebalancesForIt() {
    Answer<JoinGroupResponse> join = bed.join(staticJoinRequest("", "one"));
    bed.pass(3_000);
    String former = join.get().memberId();
    bed.stabilize(List.of(former), List.of(join));
    bed.join(staticJoinRequest("", "one"));
    assertThat(entries()).as("a quiet return").hasSize(1);

    bed.join(staticJoinRequest("", "one").protocols(List.of(GroupBed.protocol("roundrobin", "t"))));
    assertThat(entries()).hasSize(2);
    assertThat(causes())
        .singleElement()
        .isInstanceOfSatisfying(
            MemberReplaced.class,
            replaced -> {
              assertThat(replaced.member().groupInstanceId()).isEqualTo("one");
              assertThat(replaced.formerMemberId()).isNotEqualTo(former);
            });
  }

  @Test
  void aGroupThatBecameTooLargeIsSaidToBe() {
    bed.stableGroup(3);
    GroupBed smaller = new GroupBed(GroupCoordinatorConfig.builder().maxGroupSize(2).build());
    bed.copyLogTo(smaller);

    assertThat(smaller.coordinator.journal().entries(GROUP).getLast().causes().items())
        .containsExactly(new GroupTooLarge(3, 2));
  }

  @Test
  void aRebalanceThatTheBrokerDoesNotSeeTheEndOfIsSaidToHaveMoved() {
    List<String> members = bed.stableGroup(2);
    bed.leave(members.get(1));
    bed.coordinator.onResignation(0);
    bed.turn();

    assertThat(last().end()).isEqualTo(RebalanceEnd.COORDINATOR_MOVED);
    assertThat(entries()).as("the history stays").hasSize(2);
  }

  @Test
  void anAssignmentThatCannotBeWrittenBeginsAnotherRebalance() {
    String member = bed.memberId();
    Answer<JoinGroupResponse> join = bed.join(joinRequest(member));
    bed.pass(3_000);
    bed.log.failNextAppend(ErrorCode.NOT_ENOUGH_REPLICAS);
    bed.sync(bed.assigning(member, join.get().generationId(), member, "x"));

    assertThat(causes())
        .singleElement()
        .isInstanceOfSatisfying(
            RebalanceCause.AssignmentLost.class,
            lost -> assertThat(lost.error()).isEqualTo("COORDINATOR_NOT_AVAILABLE"));
  }

  // What had no owner.

  private static byte[] written(ApiMessage message) {
    ByteBuf out = Unpooled.buffer();
    out.writeShort(3);
    message.size((short) 3);
    message.write(new ProtocolWriter(out), (short) 3);
    return ByteBufUtil.getBytes(out);
  }

  private static byte[] assignment(Integer... partitions) {
    ConsumerProtocolAssignment assignment = new ConsumerProtocolAssignment();
    assignment
        .assignedPartitions()
        .add(
            new ConsumerProtocolAssignment.TopicPartition()
                .topic("t")
                .partitions(List.of(partitions)));
    return written(assignment);
  }

  private static JoinGroupRequest owning(String memberId, Integer... partitions) {
    ConsumerProtocolSubscription subscription =
        new ConsumerProtocolSubscription().topics(List.of("t"));
    subscription
        .ownedPartitions()
        .add(
            new ConsumerProtocolSubscription.TopicPartition()
                .topic("t")
                .partitions(List.of(partitions)));
    return joinRequest(memberId)
        .protocols(
            List.of(
                new JoinGroupRequest.JoinGroupRequestProtocol()
                    .name("range")
                    .metadata(written(subscription))));
  }

  private void assign(int generation, List<String> members, List<Integer[]> partitions) {
    for (String follower : members.subList(1, members.size())) {
      bed.sync(bed.syncRequest(follower, generation));
    }
    SyncGroupRequest request = bed.syncRequest(members.get(0), generation);
    for (int i = 0; i < members.size(); i++) {
      request
          .assignments()
          .add(
              new SyncGroupRequest.SyncGroupRequestAssignment()
                  .memberId(members.get(i))
                  .assignment(assignment(partitions.get(i))));
    }
    bed.sync(request);
    assertThat(bed.group().state()).isEqualTo(ClassicGroupState.STABLE);
  }

  /** Two members: t-0 and t-1 belong to the first, t-2 and t-3 to the second. */
  private List<String> twoConsumers() {
    List<String> members = new ArrayList<>();
    members.add(bed.memberId());
    members.add(bed.memberId());
    members.forEach(member -> bed.join(owning(member)));
    bed.pass(6_000);
    assign(1, members, List.of(new Integer[] {0, 1}, new Integer[] {2, 3}));
    return members;
  }

  private static List<UnownedPartition> unowned(long durationMs, int... partitions) {
    return IntStream.of(partitions)
        .mapToObj(partition -> new UnownedPartition("t", partition, durationMs))
        .toList();
  }

  @Test
  void inTheFirstRebalanceNothingIsOwnedUntilItSettles() {
    twoConsumers();
    assertThat(last().unowned().partitions().items()).isEqualTo(unowned(6_000, 0, 1, 2, 3));
  }

  @Test
  void eagerMembersLeaveEverythingUnownedFromWhenTheyJoinAgain() {
    List<String> members = twoConsumers();
    bed.pass(1_000);
    Answer<JoinGroupResponse> first = bed.join(owning(members.get(0)));
    bed.pass(2_000);
    bed.join(owning(members.get(1)));
    assertThat(first.hasCome()).isTrue();
    bed.pass(500);
    assign(2, members, List.of(new Integer[] {0, 2}, new Integer[] {1, 3}));

    assertThat(last().durationMs()).isEqualTo(2_500);
    assertThat(last().unowned().longestMs()).isEqualTo(2_500);
    assertThat(last().unowned().partitions().items())
        .containsExactly(
            new UnownedPartition("t", 0, 2_500),
            new UnownedPartition("t", 1, 2_500),
            new UnownedPartition("t", 2, 500),
            new UnownedPartition("t", 3, 500));
  }

  @Test
  void cooperativeMembersLeaveUnownedOnlyWhatMovesFromWhenItIsGivenUp() {
    List<String> members = twoConsumers();
    String third = bed.memberId();
    bed.join(owning(third));
    bed.join(owning(members.get(0), 0, 1));
    bed.join(owning(members.get(1), 2, 3));
    bed.pass(200);
    List<String> three = List.of(members.get(0), members.get(1), third);
    assign(2, three, List.of(new Integer[] {0}, new Integer[] {2, 3}, new Integer[] {}));
    assertThat(last().unowned().partitions().items()).as("it is given up after this").isEmpty();

    bed.pass(40);
    bed.join(owning(members.get(0), 0));
    bed.pass(2);
    bed.join(owning(members.get(1), 2, 3));
    bed.join(owning(third));
    assign(3, three, List.of(new Integer[] {0}, new Integer[] {2, 3}, new Integer[] {1}));

    assertThat(last().toGeneration()).isEqualTo(3);
    assertThat(last().unowned().partitions().items()).isEqualTo(unowned(42, 1));
  }

  @Test
  void whatAFailedMemberOwnedIsUnownedFromWhenItIsFoundOut() {
    List<String> members = twoConsumers();
    for (int i = 0; i < 4; i++) {
      bed.heartbeat(members.get(0), 1);
      bed.pass(2_500);
    }
    assertThat(causes()).singleElement().isInstanceOf(SessionExpired.class);
    bed.pass(300);
    bed.join(owning(members.get(0), 0, 1));
    bed.pass(100);
    assign(2, members.subList(0, 1), List.<Integer[]>of(new Integer[] {0, 1, 2, 3}));

    assertThat(last().unowned().partitions().count()).isEqualTo(2);
    assertThat(last().unowned().partitions().items())
        .allSatisfy(
            partition -> {
              assertThat(partition.partition()).isIn(2, 3);
              assertThat(partition.durationMs()).isBetween(395L, 405L);
            });
  }

  @Test
  void aGroupThatLosesItsLastMemberLeavesEverythingUnowned() {
    List<String> members = twoConsumers();
    bed.leave(members.get(0));
    bed.pass(10);
    bed.leave(members.get(1));

    assertThat(last().end()).isEqualTo(RebalanceEnd.GROUP_EMPTY);
    assertThat(last().causes().count()).isEqualTo(2);
    assertThat(last().unowned().partitions().count()).isEqualTo(4);
    assertThat(last().unowned().longestMs()).isEqualTo(10);
  }

  @Test
  void whatMembersOwnCannotBeKnownIfTheySendSomethingElse() {
    List<String> members = twoConsumers();
    bed.join(
        joinRequest(members.get(0))
            .protocols(
                List.of(
                    new JoinGroupRequest.JoinGroupRequestProtocol()
                        .name("range")
                        .metadata(new byte[] {0, 1, 127, 127, 127}))));
    bed.join(owning(members.get(1)));
    assign(2, members, List.of(new Integer[] {0, 2}, new Integer[] {1, 3}));

    assertThat(last().end()).isEqualTo(RebalanceEnd.SETTLED);
    assertThat(last().unowned().known()).isFalse();
  }
}
