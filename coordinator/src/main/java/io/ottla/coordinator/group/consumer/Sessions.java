package io.ottla.coordinator.group.consumer;

import io.ottla.coordinator.CoordinatorContext;
import io.ottla.coordinator.CoordinatorResult;
import io.ottla.coordinator.Deadline;
import io.ottla.coordinator.group.journal.JournaledMember;
import io.ottla.coordinator.group.journal.RebalanceCause;
import io.ottla.coordinator.group.journal.RebalanceCause.MemberTooSlow;
import java.util.function.BiFunction;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The timers of members: who was silent for too long, or too slow to give partitions up, is
 * removed.
 *
 * <p>Owned by the shard's thread.
 */
final class Sessions {

  private static final Logger LOG = LoggerFactory.getLogger(Sessions.class);

  /** When a removal could not be written. */
  private static final int RETRY_MS = 500;

  private static final CoordinatorResult<Void> NOTHING = CoordinatorResult.nothing();

  /** Why a member is removed. */
  private enum End {
    SESSION,
    REBALANCE,
    JOIN,
    SYNC
  }

  /** Removes a member. */
  interface Removal {
    CoordinatorResult<Void> remove(
        ConsumerGroup group, ConsumerMember member, RebalanceCause cause);
  }

  private final CoordinatorContext context;
  private final GroupStore groups;
  private final ConsumerGroupSettingsSource settings;
  private final Removal removal;

  Sessions(
      CoordinatorContext context,
      GroupStore groups,
      ConsumerGroupSettingsSource settings,
      Removal removal) {
    this.context = context;
    this.groups = groups;
    this.settings = settings;
    this.removal = removal;
  }

  /** The member has been heard of. Does nothing for one that is not in the group. */
  void touch(ConsumerGroup group, String memberId, int sessionTimeoutMs) {
    MemberTimers timers = group.soft().findTimers(memberId);
    if (timers == null) {
      if (group.member(memberId) == null) {
        return;
      }
      timers = group.soft().timers(memberId);
    }
    if (timers.session == null) {
      timers.session =
          deadline(group.groupId(), memberId, (live, member) -> expire(live, member, End.SESSION));
    }
    timers.lastHeardMs = context.nowMs();
    timers.session.set(sessionTimeoutMs);
  }

  /** Starts or stops the time the member has to give partitions up. */
  void watchRevocation(ConsumerGroup group, ConsumerMember member) {
    if (member.isClassic()) {
      // It is watched by the time it has to join and sync.
      return;
    }
    if (member.current().state() == MemberState.UNREVOKED_PARTITIONS) {
      MemberTimers timers = group.soft().timers(member.memberId());
      int epoch = member.epoch();
      if (timers.rebalance != null) {
        timers.rebalance.cancel();
      }
      timers.rebalance =
          deadline(
              group.groupId(),
              member.memberId(),
              (live, now) ->
                  now.epoch() == epoch
                      ? expire(live, now, End.REBALANCE)
                      : CoordinatorResult.nothing());
      timers.rebalance.set(member.metadata().rebalanceTimeoutMs());
    } else {
      MemberTimers timers = group.soft().findTimers(member.memberId());
      if (timers != null && timers.rebalance != null) {
        timers.rebalance.cancel();
        timers.rebalance = null;
      }
    }
  }

  /** The member is told to join again: its time for that begins, unless it runs already. */
  void awaitJoin(ConsumerGroup group, ConsumerMember member) {
    MemberTimers timers = group.soft().timers(member.memberId());
    if (timers.join == null) {
      timers.join =
          deadline(
              group.groupId(),
              member.memberId(),
              (live, now) -> now.isClassic() ? expire(live, now, End.JOIN) : NOTHING);
    }
    if (!timers.join.isSet()) {
      timers.join.set(member.metadata().rebalanceTimeoutMs());
    }
  }

  void hasJoined(ConsumerGroup group, String memberId) {
    MemberTimers timers = group.soft().findTimers(memberId);
    if (timers != null) {
      MemberTimers.cancel(timers.join);
    }
  }

  /** The member has joined: its time to sync begins. */
  void awaitSync(ConsumerGroup group, ConsumerMember member) {
    MemberTimers timers = group.soft().timers(member.memberId());
    if (timers.sync == null) {
      timers.sync =
          deadline(
              group.groupId(),
              member.memberId(),
              (live, now) -> now.isClassic() ? expire(live, now, End.SYNC) : NOTHING);
    }
    timers.sync.set(member.metadata().rebalanceTimeoutMs());
  }

  void hasSynced(ConsumerGroup group, String memberId) {
    MemberTimers timers = group.soft().findTimers(memberId);
    if (timers != null) {
      MemberTimers.cancel(timers.sync);
    }
  }

  /** After a load, or when the group has just come from another protocol: everybody has time. */
  void start(ConsumerGroup group) {
    for (ConsumerMember member : group.members()) {
      touch(group, member.memberId(), sessionTimeoutMs(group, member));
      watchRevocation(group, member);
    }
  }

  private CoordinatorResult<Void> expire(ConsumerGroup group, ConsumerMember member, End end) {
    switch (end) {
      case SESSION ->
          LOG.info(
              "Member {} of group {} is removed: it has sent no heartbeat for {} ms",
              member.memberId(),
              group.groupId(),
              context.nowMs() - group.soft().timers(member.memberId()).lastHeardMs);
      case REBALANCE ->
          LOG.info(
              "Member {} of group {} is removed: it has not given its partitions up within {} ms of"
                  + " epoch {}; max.poll.interval.ms of the consumer says how long it may take",
              member.memberId(),
              group.groupId(),
              member.metadata().rebalanceTimeoutMs(),
              member.epoch());
      case JOIN, SYNC ->
          LOG.info(
              "Member {} of group {} is removed: it has not {} within {} ms in the classic"
                  + " protocol; max.poll.interval.ms of the consumer says how long it may take",
              member.memberId(),
              group.groupId(),
              end == End.JOIN ? "joined again" : "synced",
              member.metadata().rebalanceTimeoutMs());
    }
    return removal.remove(group, member, cause(group, member, end));
  }

  private RebalanceCause cause(ConsumerGroup group, ConsumerMember member, End end) {
    JournaledMember named = ConsumerJournal.named(member);
    int givenMs = member.metadata().rebalanceTimeoutMs();
    return switch (end) {
      case SESSION ->
          new RebalanceCause.SessionExpired(
              named,
              context.nowMs() - group.soft().timers(member.memberId()).lastHeardMs,
              sessionTimeoutMs(group, member));
      case REBALANCE -> new MemberTooSlow(named, MemberTooSlow.Part.REVOKE, givenMs);
      case JOIN -> new MemberTooSlow(named, MemberTooSlow.Part.JOIN, givenMs);
      case SYNC -> new MemberTooSlow(named, MemberTooSlow.Part.SYNC, givenMs);
    };
  }

  private int sessionTimeoutMs(ConsumerGroup group, ConsumerMember member) {
    return member.isClassic()
        ? member.metadata().classic().sessionTimeoutMs()
        : settings.of(group.groupId()).sessionTimeoutMs();
  }

  private Deadline deadline(
      String groupId,
      String memberId,
      BiFunction<ConsumerGroup, ConsumerMember, CoordinatorResult<Void>> operation) {
    DeadlineHolder holder = new DeadlineHolder();
    Supplier<CoordinatorResult<Void>> onTime =
        () -> {
          ConsumerGroup group = groups.find(groupId);
          ConsumerMember member = group == null ? null : group.member(memberId);
          return member == null
              ? CoordinatorResult.nothing()
              : operation
                  .apply(group, member)
                  .withOnAppendError(error -> holder.deadline.set(RETRY_MS));
        };
    holder.deadline = context.deadline(onTime);
    return holder.deadline;
  }

  /** A deadline that its own operation has to know. */
  private static final class DeadlineHolder {
    private Deadline deadline;
  }
}
