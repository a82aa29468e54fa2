package io.ottla.coordinator.group.journal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import io.ottla.coordinator.group.journal.RebalanceCause.GroupLoaded;
import io.ottla.coordinator.group.journal.RebalanceCause.MemberJoined;
import io.ottla.coordinator.group.journal.RebalanceCause.MemberLeft;
import io.ottla.coordinator.group.journal.RebalanceCause.SessionExpired;
import io.ottla.runtime.ManualClock;
import io.ottla.runtime.ManualShard;
import io.ottla.wire.TopicPartition;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

/** What is written, what is kept, and what is read. */
class RebalanceJournalTest {

  private static final long START_MS = 1_700_000_000_000L;
  private static final long HOUR_MS = 3_600_000;

  private final ManualClock clock = new ManualClock(START_MS);
  private final ManualShard shard = new ManualShard(0, 10, clock);
  private final JournalStore journal = new JournalStore(JournalLimits.keptFor(HOUR_MS), 1);
  private final RebalanceObserver observer = journal.writer(0, shard);

  /** A group that says what it is told to say. */
  private static final class Group implements JournaledGroup {

    private final String groupId;
    private GroupProtocol protocol = GroupProtocol.CLASSIC;
    private int generation;
    private final List<JournaledMember> members = new ArrayList<>();

    Group(String groupId, String... memberIds) {
      this.groupId = groupId;
      for (String memberId : memberIds) {
        members.add(member(memberId));
      }
    }

    @Override
    public String groupId() {
      return groupId;
    }

    @Override
    public GroupProtocol groupProtocol() {
      return protocol;
    }

    @Override
    public int generation() {
      return generation;
    }

    @Override
    public int memberCount() {
      return members.size();
    }

    @Override
    public List<JournaledMember> journaledMembers(int max) {
      return members.stream().limit(max).toList();
    }
  }

  private static JournaledMember member(String memberId) {
    return new JournaledMember(memberId, null, "client", "/10.0.0.1");
  }

  private static MemberJoined joined(String memberId) {
    return new MemberJoined(member(memberId), "");
  }

  private static List<TopicPartition> partitions(int from, int to) {
    List<TopicPartition> partitions = new ArrayList<>();
    for (int partition = from; partition < to; partition++) {
      partitions.add(new TopicPartition("t", partition));
    }
    return partitions;
  }

  private void settle(Group group) {
    group.generation++;
    observer.assigning(group);
    observer.settled(group, List.of());
  }

  @Test
  void aRebalanceIsReadWhileItIsUnderWayAndWhenItHasEnded() {
    Group group = new Group("g", "a");
    group.generation = 4;
    observer.because(group, joined("b"));
    clock.advanceMs(250);
    observer.because(group, new MemberLeft(member("a"), "bye\nbye"));

    RebalanceEntry underWay = journal.entries("g").getFirst();
    assertThat(underWay.end()).isEqualTo(RebalanceEnd.UNDER_WAY);
    assertThat(underWay.durationMs()).isEqualTo(250);
    assertThat(underWay.causes().items())
        .containsExactly(joined("b"), new MemberLeft(member("a"), "bye bye"));
    assertThat(underWay.membersAfter().isEmpty()).isTrue();

    clock.advanceMs(750);
    group.members.set(0, member("b"));
    settle(group);
    clock.advanceMs(5_000);
    assertThat(journal.entries("g"))
        .singleElement()
        .satisfies(
            entry -> {
              assertThat(entry.end()).isEqualTo(RebalanceEnd.SETTLED);
              assertThat(entry.startedAtMs()).isEqualTo(START_MS);
              assertThat(entry.durationMs()).isEqualTo(1_000);
              assertThat(entry.fromGeneration()).isEqualTo(4);
              assertThat(entry.toGeneration()).isEqualTo(5);
              assertThat(entry.membersBefore().items()).containsExactly(member("a"));
              assertThat(entry.membersAfter().items()).containsExactly(member("b"));
            });
    assertThat(journal.groupIds()).containsExactly("g");
  }

  @Test
  void aCauseThatComesWhenTheGenerationIsMadeBeginsAnotherRebalance() {
    Group group = new Group("g", "a");
    observer.because(group, joined("a"));
    group.generation = 1;
    observer.assigning(group);
    clock.advanceMs(10);
    observer.because(group, joined("b"));
    clock.advanceMs(20);
    settle(group);

    assertThat(journal.entries("g"))
        .extracting(RebalanceEntry::end)
        .containsExactly(RebalanceEnd.SUPERSEDED, RebalanceEnd.SETTLED);
    assertThat(journal.entries("g"))
        .extracting(RebalanceEntry::fromGeneration, RebalanceEntry::toGeneration)
        .containsExactly(tuple(0, 1), tuple(1, 2));
  }

  @Test
  void whatNobodyOwnsIsCountedFromWhenItWasGivenUpAlsoThroughASupersededRebalance() {
    Group group = new Group("g", "a", "b");
    observer.because(group, joined("c"));
    clock.advanceMs(100);
    observer.released("g", partitions(0, 2));
    clock.advanceMs(100);
    observer.assigning(group);
    observer.because(group, joined("d"));
    observer.released("g", partitions(0, 3));
    clock.advanceMs(300);
    observer.taken("g", partitions(0, 3));
    settle(group);

    assertThat(journal.entries("g").get(0).unowned().partitions().items())
        .containsExactly(new UnownedPartition("t", 0, 100), new UnownedPartition("t", 1, 100));
    UnownedPartitions unowned = journal.entries("g").get(1).unowned();
    assertThat(unowned.partitions().items())
        .containsExactly(
            new UnownedPartition("t", 0, 400),
            new UnownedPartition("t", 1, 400),
            new UnownedPartition("t", 2, 300));
    assertThat(unowned.longestMs()).isEqualTo(400);
  }

  @Test
  void whatOneRebalanceLeavesForTheNextIsCountedInThatOne() {
    Group group = new Group("g", "a", "b");
    observer.because(group, joined("b"));
    group.generation++;
    observer.assigning(group);
    observer.settled(group, partitions(3, 4));
    clock.advanceMs(40);
    observer.because(group, joined("b"));
    clock.advanceMs(2);
    observer.taken("g", partitions(3, 4));
    settle(group);
    observer.because(group, joined("b"));
    settle(group);

    assertThat(journal.entries("g"))
        .extracting(entry -> entry.unowned().partitions().items())
        .containsExactly(List.of(), List.of(new UnownedPartition("t", 3, 42)), List.of());
  }

  @Test
  void theLongestUnownedPartitionsAreNamedAndTheOthersCounted() {
    Group group = new Group("g", "a");
    observer.because(group, joined("a"));
    for (int partition = 0; partition < 1_000; partition++) {
      observer.released("g", partitions(partition, partition + 1));
      clock.advanceMs(1);
    }
    assertThat(journal.entries("g").getFirst().unowned().partitions().count()).isEqualTo(1_000);
    observer.taken("g", partitions(0, 1_000));
    settle(group);

    UnownedPartitions unowned = journal.entries("g").getFirst().unowned();
    assertThat(unowned.partitions().count()).isEqualTo(1_000);
    assertThat(unowned.partitions().omitted()).isEqualTo(900);
    assertThat(unowned.partitions().items()).hasSize(100);
    assertThat(unowned.partitions().items().getFirst())
        .isEqualTo(new UnownedPartition("t", 0, 1_000));
    assertThat(unowned.partitions().items().getLast())
        .isEqualTo(new UnownedPartition("t", 99, 901));
  }

  @Test
  void membersAndCausesAreCutWithACount() {
    Group group = new Group("g");
    for (int i = 0; i < 10_000; i++) {
      observer.because(group, joined("m" + i));
      group.members.add(member("m" + i));
    }
    settle(group);

    RebalanceEntry entry = journal.entries("g").getFirst();
    assertThat(entry.causes().count()).isEqualTo(10_000);
    assertThat(entry.causes().items()).hasSize(OpenRebalance.MAX_CAUSES);
    assertThat(entry.membersAfter().count()).isEqualTo(10_000);
    assertThat(entry.membersAfter().items()).hasSize(OpenRebalance.MAX_MEMBERS);
  }

  @Test
  void namesOfAnyLengthAreCutAndStillToldApart() {
    JournaledMember one = member("x".repeat(30_000) + "-1\n");
    JournaledMember other = member("x".repeat(30_000) + "-2\n");

    assertThat(one.memberId()).hasSizeLessThan(200).doesNotContain("\n");
    assertThat(one).isNotEqualTo(other);
    assertThat(new MemberLeft(one, "y".repeat(30_000)).reason()).hasSize(255);
  }

  @Test
  void aGroupThatMovesAwayEndsItsRebalanceAndKeepsItsHistory() {
    Group group = new Group("g", "a");
    observer.because(group, joined("a"));
    clock.advanceMs(7);
    observer.unloaded();
    observer.settled(group, List.of());
    observer.because(group, new GroupLoaded());
    group.members.clear();
    observer.emptied(group);

    assertThat(journal.entries("g"))
        .extracting(RebalanceEntry::end)
        .containsExactly(RebalanceEnd.COORDINATOR_MOVED, RebalanceEnd.GROUP_EMPTY);
  }

  @Test
  void whatIsOlderThanTheRetentionIsNotReadAndGroupsThatHaveAgedAreDropped() {
    Group old = new Group("old", "a");
    observer.because(old, joined("a"));
    clock.advanceMs(1_000);
    settle(old);
    clock.advanceMs(HOUR_MS);
    assertThat(journal.entries("old")).hasSize(1);
    clock.advanceMs(1);
    assertThat(journal.entries("old")).isEmpty();
    assertThat(journal.groupIds()).isEmpty();
    assertThat(journal.groupCount()).isEqualTo(1);

    observer.because(new Group("young", "a"), joined("a"));
    assertThat(journal.groupCount()).isEqualTo(1);
    assertThat(journal.groupIds()).containsExactly("young");
  }

  @Test
  void aMillionEventsLeaveNoMoreThanTheLimits() {
    JournalLimits limits = new JournalLimits(HOUR_MS, 100, 20, 40_000, 1_000_000);
    JournalStore store = new JournalStore(limits, 2);
    RebalanceObserver[] writers = {store.writer(0, shard), store.writer(1, shard)};
    long seed = System.nanoTime();
    Random random = new Random(seed);
    List<List<Group>> groups = List.of(new ArrayList<>(), new ArrayList<>());
    for (int event = 0; event < 1_000_000; event++) {
      int which = random.nextInt(2);
      List<Group> mine = groups.get(which);
      if (mine.size() < 300) {
        mine.add(new Group("group-" + which + "-" + mine.size(), "a-member-with-a-name"));
      }
      // A few groups rebalance all the time, most seldom.
      Group group = mine.get((int) (mine.size() * Math.pow(random.nextDouble(), 4)));
      act(writers[which], group, random);
      clock.advanceMs(random.nextInt(3));
      if (event % 1_000 == 0) {
        assertThat(store.groupCount()).as("seed %d", seed).isLessThanOrEqualTo(100);
        assertThat(store.bytes()).as("seed %d", seed).isLessThanOrEqualTo(1_000_000);
        assertOrderly(store.entries(group.groupId()), limits, seed);
      }
    }
    assertThat(store.groupCount()).as("it was used to the full").isGreaterThan(50);
    assertThat(store.bytes()).isGreaterThan(200_000);
  }

  private static void act(RebalanceObserver writer, Group group, Random random) {
    switch (random.nextInt(10)) {
      case 0, 1, 2 -> writer.because(group, joined("member-" + random.nextInt(100)));
      case 3 ->
          writer.because(
              group, new SessionExpired(member("m".repeat(random.nextInt(300))), 12_000, 10_000));
      case 4 -> writer.released(group.groupId(), partitions(0, random.nextInt(20)));
      case 5 -> writer.taken(group.groupId(), partitions(0, random.nextInt(20)));
      case 6 -> {
        group.generation++;
        writer.assigning(group);
      }
      case 7, 8 -> writer.settled(group, partitions(0, random.nextInt(3)));
      default -> {
        if (random.nextInt(100) == 0) {
          writer.unloaded();
        } else {
          writer.emptied(group);
        }
      }
    }
  }

  private static void assertOrderly(List<RebalanceEntry> entries, JournalLimits limits, long seed) {
    assertThat(entries)
        .as("seed %d", seed)
        .hasSizeLessThanOrEqualTo(limits.maxEntriesPerGroup() + 1);
    for (int i = 0; i < entries.size(); i++) {
      RebalanceEntry entry = entries.get(i);
      if (i < entries.size() - 1) {
        assertThat(entry.end()).as("seed %d", seed).isNotEqualTo(RebalanceEnd.UNDER_WAY);
        assertThat(entry.startedAtMs() + entry.durationMs())
            .as("rebalances do not overlap, seed %d", seed)
            .isLessThanOrEqualTo(entries.get(i + 1).startedAtMs());
      }
      assertThat(entry.toGeneration()).isGreaterThanOrEqualTo(entry.fromGeneration());
    }
  }

  @Test
  void aReaderSeesEachGroupAsItWasAtOneMoment() throws InterruptedException {
    Group group = new Group("g", "a");
    AtomicReference<AssertionError> failure = new AtomicReference<>();
    Thread reader =
        new Thread(
            () -> {
              try {
                int seen = 0;
                while (seen < 20_000) {
                  List<RebalanceEntry> entries = journal.entries("g");
                  assertUnbroken(entries);
                  seen = entries.isEmpty() ? 0 : entries.getLast().fromGeneration();
                }
              } catch (AssertionError e) {
                failure.set(e);
              }
            });
    reader.start();
    while (reader.isAlive()) {
      observer.because(group, joined("b"));
      observer.because(group, joined("c"));
      group.generation++;
      observer.assigning(group);
      if (group.generation % 3 != 0) {
        observer.settled(group, List.of());
      }
    }
    reader.join();
    assertThat(failure.get()).isNull();
  }

  /** Each rebalance begins where the one before has ended. */
  private static void assertUnbroken(List<RebalanceEntry> entries) {
    for (int i = 1; i < entries.size(); i++) {
      assertThat(entries.get(i).fromGeneration()).isEqualTo(entries.get(i - 1).toGeneration());
      assertThat(entries.get(i - 1).end()).isNotEqualTo(RebalanceEnd.UNDER_WAY);
    }
  }
}
