package io.ottla.coordinator.group;

import static io.ottla.coordinator.group.GroupBed.GROUP;
import static io.ottla.coordinator.group.MixedBed.beat;
import static io.ottla.coordinator.group.MixedBed.joining;
import static org.assertj.core.api.Assertions.assertThat;

import io.ottla.coordinator.Answer;
import io.ottla.coordinator.group.consumer.MigrationPolicy;
import io.ottla.coordinator.group.journal.GroupProtocol;
import io.ottla.coordinator.group.journal.RebalanceCause.GroupMigrated;
import io.ottla.coordinator.group.journal.RebalanceCause.MemberJoined;
import io.ottla.coordinator.group.journal.RebalanceCause.MemberLeft;
import io.ottla.coordinator.group.journal.RebalanceCause.MemberReplaced;
import io.ottla.coordinator.group.journal.RebalanceEnd;
import io.ottla.coordinator.group.journal.RebalanceEntry;
import io.ottla.wire.message.JoinGroupResponse;
import io.ottla.wire.message.SyncGroupRequest;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** What the journal says of groups that change protocol while they have members. */
class MigrationJournalTest {

  private static final Set<Integer> FIRST = Set.of(0, 1, 2, 3, 4);
  private static final Set<Integer> SECOND = Set.of(5, 6, 7, 8, 9);

  private final MixedBed mixed = new MixedBed(MigrationPolicy.BIDIRECTIONAL);
  private final GroupBed bed = mixed.bed;
  private final List<String> ids =
      mixed.classicGroup(List.of(Map.of("t", FIRST), Map.of("t", SECOND)));
  private final int generation = bed.group().generation();

  private List<RebalanceEntry> entries() {
    return bed.coordinator.journal().entries(GROUP);
  }

  private RebalanceEntry last() {
    return entries().getLast();
  }

  /** A member of the consumer protocol joins, and everybody takes the steps this asks for. */
  private void upgrade() {
    mixed.ok(joining("m", "t"));
    for (String id : ids) {
      Set<Integer> had = id.equals(ids.getFirst()) ? FIRST : SECOND;
      mixed.joined(mixed.classicJoin(id, Map.of("t", had), "t"));
      Set<Integer> kept = mixed.synced(id, mixed.member(id).epoch()).get("t");
      if (mixed.member(id).epoch() == generation) {
        bed.pass(100);
        mixed.joined(mixed.classicJoin(id, Map.of("t", kept), "t"));
        mixed.synced(id, generation + 1);
      }
    }
    mixed.ok(beat("m", generation + 1));
  }

  @Test
  void anUpgradeIsOneRebalanceOfTheConsumerProtocol() {
    upgrade();

    assertThat(entries())
        .extracting(RebalanceEntry::protocol)
        .containsExactly(GroupProtocol.CLASSIC, GroupProtocol.CONSUMER);
    assertThat(last().end()).isEqualTo(RebalanceEnd.SETTLED);
    assertThat(last().fromGeneration()).isEqualTo(generation);
    assertThat(last().toGeneration()).isEqualTo(generation + 1);
    assertThat(last().membersBefore().count()).isEqualTo(2);
    assertThat(last().membersAfter().count()).isEqualTo(3);
    assertThat(last().causes().items().getFirst())
        .isEqualTo(new GroupMigrated(GroupProtocol.CLASSIC, GroupProtocol.CONSUMER));
    assertThat(last().causes().items().getLast()).isInstanceOf(MemberJoined.class);
    assertThat(last().unowned().known()).isTrue();
    assertThat(last().unowned().partitions().count()).as("what the new member got").isBetween(3, 4);
  }

  @Test
  void aDowngradeIsOneRebalanceOfTheClassicProtocol() {
    upgrade();
    int epoch = mixed.consumerGroup().epoch();
    bed.pass(1_000);
    mixed.ok(beat("m", -1));
    bed.pass(50);
    Answer<JoinGroupResponse> first = bed.join(mixed.classicJoin(ids.getFirst(), Map.of(), "t"));
    bed.pass(25);
    bed.join(mixed.classicJoin(ids.getLast(), Map.of(), "t"));
    assertThat(first.get().generationId()).isEqualTo(epoch + 1);
    assertThat(last().end()).isEqualTo(RebalanceEnd.UNDER_WAY);
    assign(epoch + 1);

    assertThat(entries()).hasSize(3);
    assertThat(last().end()).isEqualTo(RebalanceEnd.SETTLED);
    assertThat(last().protocol()).isEqualTo(GroupProtocol.CLASSIC);
    assertThat(last().fromGeneration()).isEqualTo(epoch);
    assertThat(last().toGeneration()).isEqualTo(epoch + 1);
    assertThat(last().membersBefore().count()).isEqualTo(3);
    assertThat(last().membersAfter().count()).isEqualTo(2);
    assertThat(last().causes().items())
        .extracting(Object::getClass)
        .isEqualTo(List.of(MemberLeft.class, GroupMigrated.class));
    assertThat(last().unowned().partitions().count()).isEqualTo(10);
    assertThat(last().unowned().longestMs()).as("since the member left").isEqualTo(75);
  }

  @Test
  void aStaticMemberThatTakesItsGroupAlongEndsWhatWasUnderWay() {
    MixedBed other = new MixedBed(MigrationPolicy.BIDIRECTIONAL);
    other.ok(joining("m", "t").instanceId("one"));
    other.joined(other.classicJoin("", Map.of(), "t").groupInstanceId("one"));

    List<RebalanceEntry> quiet = other.bed.coordinator.journal().entries(GROUP);
    assertThat(quiet).as("nothing had to be assigned anew").hasSize(1);
    assertThat(quiet.getLast().end()).isEqualTo(RebalanceEnd.SETTLED);

    MixedBed changed = new MixedBed(MigrationPolicy.BIDIRECTIONAL);
    changed.ok(joining("m", "t").instanceId("one"));
    changed.joined(changed.classicJoin("", Map.of(), "t", "u").groupInstanceId("one"));
    RebalanceEntry underWay = changed.bed.coordinator.journal().entries(GROUP).getLast();
    assertThat(underWay.end()).isEqualTo(RebalanceEnd.UNDER_WAY);
    assertThat(underWay.causes().items())
        .extracting(Object::getClass)
        .isEqualTo(List.of(MemberReplaced.class, GroupMigrated.class));
    assertThat(changed.bed.group().isIn(ClassicGroupState.PREPARING_REBALANCE)).isTrue();
  }

  private void assign(int newGeneration) {
    String leader = bed.group().leaderId();
    String follower = ids.getFirst().equals(leader) ? ids.getLast() : ids.getFirst();
    bed.sync(bed.syncRequest(follower, newGeneration));
    SyncGroupRequest request = bed.syncRequest(leader, newGeneration);
    for (String id : ids) {
      request
          .assignments()
          .add(
              new SyncGroupRequest.SyncGroupRequestAssignment()
                  .memberId(id)
                  .assignment(
                      MixedBed.assignment(Map.of("t", id.equals(leader) ? FIRST : SECOND), null)));
    }
    bed.sync(request);
  }
}
