package io.ottla.coordinator.group;

import static org.assertj.core.api.Assertions.assertThat;

import io.ottla.coordinator.Answer;
import io.ottla.coordinator.CoordinatorState;
import io.ottla.coordinator.RequestContext;
import io.ottla.coordinator.group.journal.RebalanceEnd;
import io.ottla.coordinator.group.journal.RebalanceEntry;
import io.ottla.wire.ErrorCode;
import io.ottla.wire.message.OffsetCommitRequest;
import io.ottla.wire.message.OffsetCommitResponse;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;

/**
 * A group of members that do what they like, a log whose appends fail and whose replication stands
 * still, and coordinators that die with what was not replicated; all from one seed.
 *
 * <p>Checked throughout: within one coordinator's time generations only rise; who is told an
 * assignment is told the one its leader made for it in that generation, and nobody else is told the
 * same; an acknowledged commit is never lost; the state is what the log says. At the end: every
 * request was answered, and the members that are left form one generation.
 */
final class GroupSimulation {

  private static final int PARTITIONS = 4;

  private final Random random;
  private final boolean hasFaults;
  private final GroupBed bed;
  private final List<SimulatedMember> members = new ArrayList<>();
  private final List<Answer<?>> answers = new ArrayList<>();

  /** What leaders have assigned: by text, to whom, in which generation. */
  private final Map<String, String> made = new HashMap<>();

  /** What members were told: by generation and member, the text. */
  private final Map<String, String> told = new HashMap<>();

  private final long[] acknowledged = new long[PARTITIONS];
  private final List<PendingCommit> commits = new ArrayList<>();
  private int counter;
  private int highestGeneration;
  private int epoch = 1;
  private boolean isHighWatermarkHeld;
  private RebalanceEntry lastBeforeFailover;

  private record PendingCommit(int partition, long offset, Answer<OffsetCommitResponse> answer) {}

  GroupSimulation(long seed, boolean hasFaults) {
    this.random = new Random(seed);
    this.hasFaults = hasFaults;
    this.bed =
        new GroupBed(
            GroupCoordinatorConfig.builder()
                .maxHeldReplies(50)
                .offsetsRetentionCheckIntervalMs(Long.MAX_VALUE / 1_000_000 / 4)
                .build());
    int count = 1 + random.nextInt(6);
    for (int i = 0; i < count; i++) {
      members.add(
          new SimulatedMember(this, random, random.nextInt(3) == 0 ? "instance" + i : null));
    }
  }

  GroupCoordinator coordinator() {
    return bed.coordinator;
  }

  /** Sends a request; the shard may see several in one turn. */
  <R> Answer<R> send(GroupBed.Asking<R> request) {
    Answer<R> answer = new Answer<>();
    answers.add(answer);
    assertThat(request.send(answer)).isTrue();
    if (random.nextBoolean()) {
      bed.turn();
    }
    return answer;
  }

  String newAssignment(int generation, String memberId, String instanceId) {
    String text = "assignment" + counter++;
    made.put(text, generation + " " + (instanceId == null ? memberId : instanceId));
    return text;
  }

  void onAssigned(int generation, String memberId, String instanceId, String text) {
    String who = generation + " " + (instanceId == null ? memberId : instanceId);
    assertThat(made).as("assignment %s of %s", text, who).containsEntry(text, who);
    String before = told.put(who, text);
    assertThat(before == null || before.equals(text))
        .as("%s was told %s and then %s", who, before, text)
        .isTrue();
  }

  void run(int steps) {
    for (int i = 0; i < steps; i++) {
      step();
      check(i % 5 == 0);
    }
    settle();
  }

  private void step() {
    SimulatedMember member = members.get(random.nextInt(members.size()));
    int choice = random.nextInt(100);
    if (choice < 62) {
      member.step();
    } else if (choice < 74) {
      bed.pass(random.nextInt(4_000));
    } else if (choice < 84) {
      commit(member);
    } else if (choice < 87) {
      member.rejoin();
    } else if (choice < 89) {
      member.restart();
    } else if (choice < 91) {
      member.leave();
    } else if (!hasFaults) {
      bed.turn();
    } else if (choice < 94) {
      ErrorCode[] errors = {
        ErrorCode.NOT_ENOUGH_REPLICAS,
        ErrorCode.KAFKA_STORAGE_ERROR,
        ErrorCode.MESSAGE_TOO_LARGE,
        ErrorCode.NOT_LEADER_OR_FOLLOWER
      };
      bed.log.failNextAppend(errors[random.nextInt(errors.length)]);
    } else if (choice < 98) {
      holdOrReleaseHighWatermark();
    } else {
      failOver();
    }
  }

  private void holdOrReleaseHighWatermark() {
    isHighWatermarkHeld = !isHighWatermarkHeld;
    if (isHighWatermarkHeld) {
      bed.holdHighWatermark();
    } else {
      bed.releaseHighWatermark();
    }
  }

  /** The next coordinator has all that was replicated, and maybe some more. */
  private void failOver() {
    bed.coordinator.onResignation(0);
    bed.turn();
    // The generation it ended in may get lost with what was not replicated.
    List<RebalanceEntry> entries = coordinator().journal().entries(GroupBed.GROUP);
    lastBeforeFailover = entries.isEmpty() ? null : entries.getLast();
    long unreplicated = bed.log.endOffset() - bed.log.highWatermark();
    bed.log.truncateTo(
        bed.log.highWatermark() + (unreplicated == 0 ? 0 : random.nextLong(unreplicated + 1)));
    bed.coordinator.onElection(0, ++epoch, bed.log, bed.log);
    bed.turn();
    assertThat(bed.runtime().state()).isEqualTo(CoordinatorState.ACTIVE);
    ClassicGroup group = bed.group();
    highestGeneration = group == null ? 0 : group.generation();
  }

  private void commit(SimulatedMember member) {
    int partition = random.nextInt(PARTITIONS);
    long offset = ++counter;
    OffsetCommitRequest request =
        GroupBed.commitRequest(member.memberId(), member.generation())
            .groupInstanceId(member.instanceId())
            .topics(List.of(GroupBed.topicOffset("t", partition, offset)));
    commits.add(
        new PendingCommit(
            partition,
            offset,
            send(
                callback ->
                    coordinator()
                        .commitOffsets(
                            new RequestContext((short) 9, "sim", "/10.0.0.1"),
                            request,
                            callback))));
  }

  private void check(boolean isThorough) {
    for (PendingCommit commit : commits) {
      if (commit.answer.hasCome() && GroupBed.onlyError(commit.answer.get()) == ErrorCode.NONE) {
        acknowledged[commit.partition] = Math.max(acknowledged[commit.partition], commit.offset);
      }
    }
    commits.removeIf(commit -> commit.answer.hasCome());
    ClassicGroup group = bed.group();
    if (group != null) {
      assertThat(group.generation()).isGreaterThanOrEqualTo(highestGeneration);
      highestGeneration = group.generation();
      int awaiting = 0;
      Set<String> instances = new HashSet<>();
      for (ClassicMember member : group.members()) {
        awaiting += member.isAwaitingJoin() ? 1 : 0;
        if (member.isStatic()) {
          assertThat(instances.add(member.groupInstanceId())).isTrue();
          assertThat(group.staticMember(member.groupInstanceId())).isSameAs(member);
        }
      }
      assertThat(group.awaitingJoin()).isEqualTo(awaiting);
      assertThat(group.leaderId() == null).isEqualTo(group.size() == 0);
      assertThat(group.leaderId() == null || group.hasMember(group.leaderId())).isTrue();
      assertThat(group.pendingSync()).allMatch(group::hasMember);
      if (group.isIn(ClassicGroupState.EMPTY)) {
        assertThat(group.size()).isZero();
      }
    }
    for (int partition = 0; partition < PARTITIONS; partition++) {
      CommittedOffset offset =
          bed.runtime().machine().offsets().find(GroupBed.GROUP, "t", partition);
      assertThat(offset == null ? 0 : offset.offset())
          .as("offset of partition %d", partition)
          .isGreaterThanOrEqualTo(acknowledged[partition]);
    }
    checkJournal(group);
    if (isThorough) {
      bed.turn();
      bed.assertReplayEqualsLiveState();
    }
  }

  /** Rebalances come one after the other, and one is under way just when the group rebalances. */
  private void checkJournal(ClassicGroup group) {
    List<RebalanceEntry> entries = coordinator().journal().entries(GroupBed.GROUP);
    for (int i = 0; i + 1 < entries.size(); i++) {
      RebalanceEntry entry = entries.get(i);
      assertThat(entry.end()).isNotEqualTo(RebalanceEnd.UNDER_WAY);
      assertThat(entry.startedAtMs() + entry.durationMs())
          .isLessThanOrEqualTo(entries.get(i + 1).startedAtMs());
    }
    boolean isUnderWay = !entries.isEmpty() && entries.getLast().end() == RebalanceEnd.UNDER_WAY;
    assertThat(isUnderWay)
        .as("%s rebalances", group)
        .isEqualTo(
            group != null
                && (group.isIn(ClassicGroupState.PREPARING_REBALANCE)
                    || group.isIn(ClassicGroupState.COMPLETING_REBALANCE)));
    if (!entries.isEmpty()
        && entries.getLast().end() == RebalanceEnd.SETTLED
        && !entries.getLast().equals(lastBeforeFailover)) {
      assertThat(entries.getLast().toGeneration()).isEqualTo(group.generation());
      assertThat(entries.getLast().membersAfter().count()).isEqualTo(group.size());
    }
  }

  /** No more faults: the members that are left must find together, and everyone is answered. */
  private void settle() {
    if (isHighWatermarkHeld) {
      holdOrReleaseHighWatermark();
    }
    bed.log.failNextAppend(ErrorCode.NONE);
    boolean isSettled = false;
    for (int round = 0; round < 400 && !isSettled; round++) {
      members.forEach(SimulatedMember::step);
      bed.turn();
      bed.pass(500);
      check(round % 50 == 0);
      isSettled =
          bed.group().size() == members.size()
              && members.stream()
                  .allMatch(
                      member ->
                          member.isAssigned() && member.generation() == bed.group().generation());
    }
    assertThat(isSettled).as("all members are in one generation of %s", bed.group()).isTrue();
    check(true);
    members.forEach(SimulatedMember::restart);
    bed.pass(600_000);
    assertThat(answers).allMatch(Answer::hasCome);
    assertThat(bed.group().state()).isEqualTo(ClassicGroupState.EMPTY);
    check(true);
  }
}
