package io.ottla.coordinator.group;

import io.ottla.coordinator.CoordinatorContext;
import io.ottla.coordinator.CoordinatorResult;
import io.ottla.coordinator.Deadline;
import io.ottla.coordinator.group.journal.RebalanceCause;
import io.ottla.coordinator.group.journal.RebalanceCause.GroupTooLarge;
import io.ottla.coordinator.group.journal.RebalanceCause.MemberTooSlow;
import io.ottla.coordinator.group.journal.RebalanceCause.SessionExpired;
import io.ottla.wire.ErrorCode;
import java.util.List;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * How a classic group goes from one generation to the next, and the timers that drive it: sessions,
 * the time to join, the time to sync.
 *
 * <p>Methods that may end a rebalance return the record to append when nobody is left: the only
 * record of the join phase. A generation with members is written when its leader has assigned, see
 * {@link SyncPhase}.
 *
 * <p>Owned by the shard's thread.
 */
final class Rebalance {

  private static final Logger LOG = LoggerFactory.getLogger(Rebalance.class);

  /** When to try again to write down that a group is empty. */
  static final int RETRY_MS = 1_000;

  private final GroupCoordinatorConfig config;
  private final CoordinatorContext context;
  private final ClassicJournal journal;

  Rebalance(GroupCoordinatorConfig config, CoordinatorContext context, ClassicJournal journal) {
    this.config = config;
    this.context = context;
    this.journal = journal;
  }

  /** The member is alive: its session begins anew. */
  void touch(ClassicGroup group, ClassicMember member) {
    startSession(group, member, member.sessionTimeoutMs());
  }

  private void startSession(ClassicGroup group, ClassicMember member, int timeoutMs) {
    if (member.session() == null) {
      member.session(context.deadline(() -> expireSession(group, member)));
    }
    member.session().set(timeoutMs);
  }

  private CoordinatorResult<Void> expireSession(ClassicGroup group, ClassicMember member) {
    if (group.member(member.memberId()) != member || member.isSparedFromHeartbeats()) {
      return CoordinatorResult.nothing();
    }
    int timeoutMs = member.isNew() ? config.newMemberJoinTimeoutMs() : member.sessionTimeoutMs();
    remove(
        group,
        member,
        new SessionExpired(
            ClassicJournal.named(member), timeoutMs + member.session().overdueMs(), timeoutMs));
    return group.isIn(ClassicGroupState.PREPARING_REBALANCE)
        ? membersExpired(group)
        : membersLeft(group);
  }

  /** Tells the journal why the group is about to rebalance, or why it goes on to. */
  void because(ClassicGroup group, RebalanceCause cause) {
    journal.because(group, cause);
  }

  /** Takes a member out. What the group does then is for the caller to see to. */
  void remove(ClassicGroup group, ClassicMember member, RebalanceCause cause) {
    journal.because(group, cause);
    journal.gone(group, member.memberId());
    group.remove(member);
  }

  /** Unlike when members leave, a first rebalance does not wait on if nobody else is to come. */
  private CoordinatorResult<Void> membersExpired(ClassicGroup group) {
    return group.isIn(ClassicGroupState.PREPARING_REBALANCE) && group.haveAllJoined()
        ? completeJoin(group)
        : CoordinatorResult.nothing();
  }

  /** Gives out an id that may be used to join until it expires. */
  void addPending(ClassicGroup group, String memberId, int sessionTimeoutMs) {
    Deadline expiry =
        context.deadline(
            () -> {
              group.pending().remove(memberId);
              return membersExpired(group);
            });
    expiry.set(sessionTimeoutMs);
    group.pending().add(memberId, expiry);
  }

  /** Begins the time a new member, which sends no heartbeats yet, may wait to be joined. */
  void startWaiting(ClassicGroup group, ClassicMember member) {
    member.isNew(true);
    startSession(group, member, config.newMemberJoinTimeoutMs());
  }

  /** Members, or members to be, have left or were removed: goes on without them. */
  CoordinatorResult<Void> membersLeft(ClassicGroup group) {
    return switch (group.state()) {
      case STABLE, COMPLETING_REBALANCE -> prepare(group);
      case PREPARING_REBALANCE -> maybeCompleteJoin(group);
      case EMPTY, DEAD -> CoordinatorResult.nothing();
    };
  }

  /** Begins a rebalance, or, if one has begun, sees whether everyone has joined. */
  CoordinatorResult<Void> prepareOrCompleteJoin(ClassicGroup group) {
    return group.state().mayBecome(ClassicGroupState.PREPARING_REBALANCE)
        ? prepare(group)
        : maybeCompleteJoin(group);
  }

  /**
   * Begins a rebalance: members learn of it by their heartbeats and join again. The journal has
   * been told the cause.
   */
  CoordinatorResult<Void> prepare(ClassicGroup group) {
    if (group.isIn(ClassicGroupState.COMPLETING_REBALANCE)) {
      dropAssignments(group, ErrorCode.REBALANCE_IN_PROGRESS);
    }
    group.clearPendingSync();
    group.cancelSyncDeadline();
    boolean isFirst = group.isIn(ClassicGroupState.EMPTY);
    LOG.debug("Group {} begins a rebalance", group);
    group.become(ClassicGroupState.PREPARING_REBALANCE, context.nowMs());
    if (isFirst) {
      waitForMore(group);
      return CoordinatorResult.nothing();
    }
    if (group.haveAllJoined()) {
      return completeJoin(group);
    }
    group.joinDeadline(after(group.rebalanceTimeoutMs(), () -> completeJoin(group)));
    return CoordinatorResult.nothing();
  }

  private void waitForMore(ClassicGroup group) {
    group.takeMemberAddedMeanwhile();
    if (config.isInitialRebalanceDelayExplicit()) {
      int delayMs = config.initialRebalanceDelayMs();
      int remainingMs = Math.max(group.rebalanceTimeoutMs() - delayMs, 0);
      group.joinDeadline(after(delayMs, () -> extendOrComplete(group, delayMs, remainingMs)));
    } else {
      group.joinDeadline(after(GroupCoordinatorConfig.QUIET_MS, () -> completeJoin(group)));
    }
  }

  /**
   * A member came while a first rebalance waits for more: it waits on, but no longer than the
   * member would.
   */
  void putOffFirst(ClassicGroup group, ClassicMember member) {
    if (group.isIn(ClassicGroupState.PREPARING_REBALANCE)
        && group.previousState() == ClassicGroupState.EMPTY
        && !config.isInitialRebalanceDelayExplicit()) {
      long waitedMs = context.nowMs() - group.stateTimestampMs();
      long remainingMs = Math.max(member.rebalanceTimeoutMs() - waitedMs, 0);
      group.putOffJoin(Math.min(GroupCoordinatorConfig.QUIET_MS, remainingMs));
    }
  }

  /** The first rebalance goes on as long as members keep coming, up to the rebalance timeout. */
  private CoordinatorResult<Void> extendOrComplete(
      ClassicGroup group, int delayMs, int remainingMs) {
    if (remainingMs == 0 || !group.takeMemberAddedMeanwhile()) {
      return completeJoin(group);
    }
    int nextDelayMs = Math.min(config.initialRebalanceDelayMs(), remainingMs);
    int nextRemainingMs = Math.max(remainingMs - delayMs, 0);
    group.joinDeadline(
        after(nextDelayMs, () -> extendOrComplete(group, nextDelayMs, nextRemainingMs)));
    return CoordinatorResult.nothing();
  }

  /** Ends the join phase if everyone has joined; a first rebalance waits for its time. */
  CoordinatorResult<Void> maybeCompleteJoin(ClassicGroup group) {
    return group.isIn(ClassicGroupState.PREPARING_REBALANCE)
            && group.previousState() != ClassicGroupState.EMPTY
            && group.haveAllJoined()
        ? completeJoin(group)
        : CoordinatorResult.nothing();
  }

  /** Ends the join phase with those that have joined; static members are waited for by session. */
  private CoordinatorResult<Void> completeJoin(ClassicGroup group) {
    group.cancelJoinDeadline();
    int givenMs = group.rebalanceTimeoutMs();
    for (ClassicMember member : List.copyOf(group.members())) {
      if (!member.isAwaitingJoin() && !member.isStatic()) {
        remove(group, member, tooSlow(member, MemberTooSlow.Part.JOIN, givenMs));
      }
    }
    if (group.size() == 0) {
      return becomeEmpty(group);
    }
    if (!group.electJoinedLeader()) {
      // Only static members that do not answer: until their sessions end, or one comes back.
      LOG.warn("Nobody has joined group {}; it waits on", group);
      group.joinDeadline(after(group.rebalanceTimeoutMs(), () -> completeJoin(group)));
      return CoordinatorResult.nothing();
    }
    group.beginGeneration(context.nowMs());
    journal.assigning(group);
    for (ClassicMember member : group.members()) {
      group.answerJoin(member, MemberResponses.joined(group, member.memberId()));
      member.isNew(false);
      touch(group, member);
    }
    group.syncDeadline(after(group.rebalanceTimeoutMs(), () -> expireSync(group)));
    return CoordinatorResult.nothing();
  }

  /** Writes down that nobody is left. Until that is done, the group keeps preparing. */
  private CoordinatorResult<Void> becomeEmpty(ClassicGroup group) {
    return CoordinatorResult.<Void>append(
            List.of(
                GroupRecords.emptyGroup(
                    group.groupId(),
                    group.protocolType(),
                    group.generation() + 1,
                    context.nowMs())))
        .withAfterAppend(() -> journal.emptied(group))
        .withOnAppendError(error -> group.joinDeadline(after(RETRY_MS, () -> completeJoin(group))));
  }

  /** Members that joined but never asked for their assignment are gone. */
  private CoordinatorResult<Void> expireSync(ClassicGroup group) {
    List<String> missing = group.pendingSync();
    if (missing.isEmpty()) {
      return CoordinatorResult.nothing();
    }
    int givenMs = group.rebalanceTimeoutMs();
    for (String memberId : missing) {
      ClassicMember member = group.member(memberId);
      remove(group, member, tooSlow(member, MemberTooSlow.Part.SYNC, givenMs));
    }
    return prepare(group);
  }

  private static RebalanceCause tooSlow(
      ClassicMember member, MemberTooSlow.Part part, int givenMs) {
    return new MemberTooSlow(ClassicJournal.named(member), part, givenMs);
  }

  /** Nobody gets an assignment in this generation: sends away those that wait for one. */
  void dropAssignments(ClassicGroup group, ErrorCode error) {
    for (ClassicMember member : group.members()) {
      member.assignment(ClassicMember.NO_ASSIGNMENT);
      if (member.answerSync(MemberResponses.syncError(error))) {
        touch(group, member);
      }
    }
  }

  /** Gives those that wait for it their assignment, which has been written down. */
  void handOutAssignments(ClassicGroup group) {
    journal.settled(group);
    for (ClassicMember member : group.members()) {
      if (member.answerSync(MemberResponses.synced(group, member))) {
        // A session that ended while the member waited for us did not count.
        touch(group, member);
      }
    }
  }

  /** After a load: members have a session's time to show up. */
  void resume(ClassicGroup group) {
    group.members().forEach(member -> touch(group, member));
    if (group.size() > config.maxGroupSize()) {
      // A smaller limit was set. Members commit their offsets and join again, as many as fit.
      journal.because(group, new GroupTooLarge(group.size(), config.maxGroupSize()));
      prepare(group);
    }
  }

  private Deadline after(int delayMs, Supplier<CoordinatorResult<Void>> operation) {
    Deadline deadline = context.deadline(operation);
    deadline.set(delayMs);
    return deadline;
  }
}
