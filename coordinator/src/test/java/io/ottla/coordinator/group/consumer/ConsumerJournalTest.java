package io.ottla.coordinator.group.consumer;

import static io.ottla.coordinator.group.consumer.ConsumerBed.GROUP;
import static io.ottla.coordinator.group.consumer.ConsumerBed.beat;
import static io.ottla.coordinator.group.consumer.ConsumerBed.join;
import static io.ottla.coordinator.group.consumer.ConsumerBed.joinRegex;
import static io.ottla.coordinator.group.consumer.ConsumerBed.owned;
import static org.assertj.core.api.Assertions.assertThat;

import io.ottla.coordinator.group.journal.GroupProtocol;
import io.ottla.coordinator.group.journal.RebalanceCause;
import io.ottla.coordinator.group.journal.RebalanceCause.GroupLoaded;
import io.ottla.coordinator.group.journal.RebalanceCause.MemberChanged;
import io.ottla.coordinator.group.journal.RebalanceCause.MemberJoined;
import io.ottla.coordinator.group.journal.RebalanceCause.MemberLeft;
import io.ottla.coordinator.group.journal.RebalanceCause.MemberTooSlow;
import io.ottla.coordinator.group.journal.RebalanceCause.SessionExpired;
import io.ottla.coordinator.group.journal.RebalanceCause.TopicsChanged;
import io.ottla.coordinator.group.journal.RebalanceEnd;
import io.ottla.coordinator.group.journal.RebalanceEntry;
import io.ottla.coordinator.group.journal.UnownedPartition;
import io.ottla.wire.ErrorCode;
import io.ottla.wire.Uuid;
import io.ottla.wire.message.ConsumerGroupHeartbeatResponse;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** What the journal says of groups of the consumer protocol. */
class ConsumerJournalTest {

  private static final Uuid T = new Uuid(8, 1);
  private static final Uuid U = new Uuid(8, 2);

  private final ConsumerBed bed =
      new ConsumerBed().topics(TestTopics.NONE.with("t", T, 4).with("u", U, 2)).start();

  private List<RebalanceEntry> entries() {
    return bed.journal.entries(GROUP);
  }

  private RebalanceEntry last() {
    return entries().getLast();
  }

  private List<RebalanceCause> causes() {
    return last().causes().items();
  }

  /** Joins, and returns the member's epoch. */
  private int joined(String memberId) {
    return bed.ok(join(memberId, "t")).memberEpoch();
  }

  @Test
  void aFirstMemberSettlesItsGroupAtOnce() {
    joined("a");

    assertThat(entries()).hasSize(1);
    assertThat(last().end()).isEqualTo(RebalanceEnd.SETTLED);
    assertThat(last().protocol()).isEqualTo(GroupProtocol.CONSUMER);
    assertThat(last().toGeneration()).isEqualTo(bed.group().epoch());
    assertThat(last().membersBefore().count()).isZero();
    assertThat(last().membersAfter().items())
        .extracting(member -> member.memberId())
        .containsExactly("a");
    assertThat(causes()).singleElement().isInstanceOf(MemberJoined.class);
    assertThat(last().unowned().partitions().count()).isEqualTo(4);
    assertThat(last().unowned().longestMs()).isZero();
  }

  /** A second member joins, and waits for two of the four partitions of the first. */
  private ConsumerGroupHeartbeatResponse secondJoins() {
    int epoch = joined("a");
    bed.pass(1_000);
    joined("b");
    bed.pass(100);
    return bed.ok(beat("a", epoch));
  }

  @Test
  void onlyWhatMovesIsUnownedFromWhenItIsGivenUpUntilItIsTaken() {
    ConsumerGroupHeartbeatResponse toRevoke = secondJoins();
    assertThat(last().end()).isEqualTo(RebalanceEnd.UNDER_WAY);
    assertThat(last().unowned().partitions().count()).isZero();
    Set<Integer> kept = bed.assigned(toRevoke).get("t");
    assertThat(kept).hasSize(2);
    bed.pass(200);
    bed.ok(beat("a", toRevoke.memberEpoch()).topicPartitions(owned(Map.of(T, kept))));
    assertThat(last().unowned().partitions().count()).isEqualTo(2);
    bed.pass(30);
    bed.ok(beat("b", bed.member("b").epoch()));

    assertThat(last().end()).isEqualTo(RebalanceEnd.SETTLED);
    assertThat(last().durationMs()).isEqualTo(330);
    assertThat(last().membersBefore().count()).isEqualTo(1);
    assertThat(last().membersAfter().count()).isEqualTo(2);
    assertThat(last().unowned().partitions().items())
        .extracting(UnownedPartition::durationMs)
        .containsExactly(30L, 30L);
    assertThat(last().unowned().partitions().items())
        .extracting(UnownedPartition::topic)
        .containsOnly("t");
    assertThat(entries()).hasSize(2);
  }

  @Test
  void whatHappensBeforeAGroupHasSettledIsPartOfTheSameRebalance() {
    secondJoins();
    bed.pass(50);
    bed.ok(beat("b", -1));
    bed.ok(beat("a", bed.member("a").epoch()).topicPartitions(owned(Map.of(T, List.of(0, 1)))));
    bed.ok(beat("a", bed.member("a").epoch()));

    assertThat(entries()).hasSize(2);
    assertThat(causes())
        .extracting(Object::getClass)
        .isEqualTo(List.of(MemberJoined.class, MemberLeft.class));
    assertThat(last().end()).isEqualTo(RebalanceEnd.SETTLED);
    assertThat(last().toGeneration()).isEqualTo(last().fromGeneration() + 2);
  }

  @Test
  void theLastMemberThatLeavesEmptiesTheGroup() {
    joined("a");
    bed.ok(beat("a", -1));

    assertThat(last().end()).isEqualTo(RebalanceEnd.GROUP_EMPTY);
    assertThat(causes()).singleElement().isInstanceOf(MemberLeft.class);
    assertThat(last().unowned().partitions().count()).isEqualTo(4);
  }

  @Test
  void aMemberWithoutHeartbeatsIsSaidToHaveBeenSilentForHowLong() {
    joined("a");
    bed.pass(45_000);

    assertThat(causes())
        .singleElement()
        .isInstanceOfSatisfying(
            SessionExpired.class,
            expired -> {
              assertThat(expired.silentMs()).isEqualTo(45_000);
              assertThat(expired.sessionTimeoutMs()).isEqualTo(45_000);
              assertThat(expired.member().clientHost()).isEqualTo(ConsumerBed.HOST);
            });
  }

  @Test
  void aMemberThatKeepsWhatItHasToGiveUpIsSaidToHaveBeenTooSlow() {
    ConsumerGroupHeartbeatResponse toRevoke = secondJoins();
    for (int i = 0; i < 3; i++) {
      bed.pass(10_000);
      if (bed.member("a") != null) {
        bed.ok(beat("a", toRevoke.memberEpoch()));
      }
      bed.ok(beat("b", bed.member("b").epoch()));
    }

    assertThat(causes().getLast())
        .isInstanceOfSatisfying(
            MemberTooSlow.class,
            slow -> {
              assertThat(slow.part()).isEqualTo(MemberTooSlow.Part.REVOKE);
              assertThat(slow.givenMs()).isEqualTo(ConsumerBed.TIMEOUT_MS);
              assertThat(slow.member().memberId()).isEqualTo("a");
            });
  }

  @Test
  void aMemberThatSubscribesToSomethingElseIsNamed() {
    int epoch = joined("a");
    bed.ok(beat("a", epoch).subscribedTopicNames(List.of("t", "u")));

    assertThat(causes()).singleElement().isInstanceOf(MemberChanged.class);
    assertThat(last().end()).isEqualTo(RebalanceEnd.SETTLED);
    assertThat(last().unowned().partitions().count()).as("those of the other topic").isEqualTo(2);
  }

  @Test
  void topicsThatGrowAreACause() {
    int epoch = joined("a");
    bed.topics(TestTopics.NONE.with("t", T, 6).with("u", U, 2));
    bed.ok(beat("a", epoch));

    assertThat(causes()).singleElement().isInstanceOf(TopicsChanged.class);
    assertThat(last().unowned().partitions().items())
        .extracting(UnownedPartition::partition)
        .containsExactlyInAnyOrder(4, 5);
  }

  @Test
  void aMemberWithARegularExpressionSettlesWhenThatIsResolvedAndAssigned() {
    bed.ok(joinRegex("a", "t.*"));
    assertThat(last().end()).isEqualTo(RebalanceEnd.UNDER_WAY);
    bed.runOffloaded();
    bed.ok(beat("a", bed.member("a").epoch()));
    bed.ok(beat("a", bed.member("a").epoch()));

    assertThat(entries()).hasSize(1);
    assertThat(last().end()).isEqualTo(RebalanceEnd.SETTLED);
    assertThat(causes().getFirst()).isInstanceOf(MemberJoined.class);
    assertThat(causes().getLast())
        .isInstanceOfSatisfying(
            TopicsChanged.class,
            changed -> assertThat(changed.topics().items()).containsExactly("t"));
  }

  @Test
  void aStaticMemberThatIsAwayForAWhileIsNoRebalance() {
    int epoch = bed.ok(join("a", "t").instanceId("one")).memberEpoch();
    bed.ok(beat("a", -2).instanceId("one"));
    bed.pass(1_000);
    bed.ok(join("a2", "t").instanceId("one"));

    assertThat(epoch).isPositive();
    assertThat(entries()).hasSize(1);
  }

  @Test
  void aGroupThatIsLoadedOnItsWayGoesOnInTheJournalOfItsNewCoordinator() {
    ConsumerGroupHeartbeatResponse toRevoke = secondJoins();
    ConsumerBed next = bed.reload();

    assertThat(next.journal.entries(GROUP))
        .singleElement()
        .satisfies(
            entry -> {
              assertThat(entry.end()).isEqualTo(RebalanceEnd.UNDER_WAY);
              assertThat(entry.causes().items()).containsExactly(new GroupLoaded());
            });
    Set<Integer> kept = bed.assigned(toRevoke).get("t");
    next.ok(beat("a", toRevoke.memberEpoch()).topicPartitions(owned(Map.of(T, kept))));
    next.ok(beat("b", next.member("b").epoch()));
    assertThat(next.journal.entries(GROUP).getLast().end()).isEqualTo(RebalanceEnd.SETTLED);
  }

  @Test
  void whatCouldNotBeWrittenDidNotHappen() {
    joined("a");
    bed.log.failNextAppend(ErrorCode.NOT_ENOUGH_REPLICAS);
    assertThat(bed.send(join("b", "t")).errorCode()).isNotZero();

    assertThat(entries()).hasSize(1);
  }
}
