package io.ottla.coordinator.group.consumer;

import io.ottla.coordinator.CoordinatorException;
import io.ottla.coordinator.CoordinatorRecord;
import io.ottla.coordinator.CoordinatorResult;
import io.ottla.coordinator.group.journal.RebalanceCause;
import io.ottla.wire.ErrorCode;
import io.ottla.wire.message.ConsumerGroupHeartbeatRequest;
import io.ottla.wire.message.ConsumerGroupHeartbeatResponse;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Members that leave, or are removed.
 *
 * <p>Owned by the shard's thread.
 */
final class Departures {

  private static final Logger LOG = LoggerFactory.getLogger(Departures.class);

  /** Who goes, and why. */
  record Departure(ConsumerMember member, RebalanceCause cause) {}

  private final GroupStore groups;
  private final Conversions conversions;

  Departures(GroupStore groups, Conversions conversions) {
    this.groups = groups;
    this.conversions = conversions;
  }

  /**
   * A member says that it leaves: for good, or, with a static name, for a while.
   *
   * @throws CoordinatorException GROUP_ID_NOT_FOUND, UNKNOWN_MEMBER_ID or FENCED_INSTANCE_ID
   */
  CoordinatorResult<ConsumerGroupHeartbeatResponse> leave(ConsumerGroupHeartbeatRequest request) {
    ConsumerGroup group = groups.find(request.groupId());
    if (group == null) {
      throw new CoordinatorException(
          ErrorCode.GROUP_ID_NOT_FOUND, "There is no consumer group " + request.groupId() + ".");
    }
    ConsumerGroupHeartbeatResponse response =
        new ConsumerGroupHeartbeatResponse()
            .memberId(request.memberId())
            .memberEpoch(request.memberEpoch());
    if (request.instanceId() == null) {
      ConsumerMember member = group.member(request.memberId());
      if (member == null) {
        throw Admission.unknown(group, request.memberId());
      }
      return remove(group, leaving(member), response);
    }
    ConsumerMember member =
        Admission.checkStatic(
            group,
            group.staticMember(request.instanceId()),
            request.memberId(),
            request.instanceId());
    if (request.memberEpoch() == CurrentAssignment.STATIC_LEAVE_EPOCH) {
      Draft draft = new Draft(group);
      draft.add(
          ConsumerGroupRecords.current(
              group.groupId(), member.memberId(), member.current().leftForAWhile()));
      draft.afterAppend(
          groups
              .journal()
              .moved(group.groupId(), member.current(), member.current().leftForAWhile()));
      draft.afterAppend(() -> groups.journal().check(group.groupId()));
      return draft.result(response);
    }
    return remove(group, leaving(member), response);
  }

  /** There are no reasons in this protocol. */
  private static List<Departure> leaving(ConsumerMember member) {
    return List.of(
        new Departure(member, new RebalanceCause.MemberLeft(ConsumerJournal.named(member), "")));
  }

  /**
   * Removes members, which begins a new epoch of the group, or the end of it: those who stay may
   * make a classic group.
   *
   * @param response to answer with
   */
  <R> CoordinatorResult<R> remove(
      ConsumerGroup group, Collection<Departure> departures, R response) {
    if (departures.isEmpty()) {
      return CoordinatorResult.respond(response);
    }
    List<ConsumerMember> leaving = departures.stream().map(Departure::member).toList();
    Runnable because =
        groups.journal().because(group, departures.stream().map(Departure::cause).toList());
    Runnable gone = groups.journal().gone(group, leaving);
    if (conversions.isDowngrade(group, leaving)) {
      List<CoordinatorRecord> records = new ArrayList<>();
      Runnable begin = conversions.downgrade(group, leaving, records);
      return CoordinatorResult.<R>append(records)
          .withResponse(response)
          .withAfterAppend(
              () -> {
                because.run();
                gone.run();
                begin.run();
              });
    }
    Draft draft = new Draft(group);
    leaving.forEach(member -> Admission.remove(draft, member.memberId()));
    GroupSubscriptions remaining = group.subscriptions().without(leaving);
    for (String regex : regexesOf(leaving)) {
      if (remaining.membersWith(regex) == 0) {
        draft.add(ConsumerGroupRecords.regexTombstone(group.groupId(), regex));
      }
    }
    draft.bumpEpoch(groups.hash(remaining.topics()));
    draft.afterAppend(because);
    draft.afterAppend(gone);
    draft.afterAppend(() -> groups.journal().check(group.groupId()));
    LOG.debug("{} members leave group {}", leaving.size(), group);
    return draft.result(response);
  }

  private static Set<String> regexesOf(Collection<ConsumerMember> members) {
    Set<String> regexes = new LinkedHashSet<>();
    for (ConsumerMember member : members) {
      if (member.metadata().hasRegex()) {
        regexes.add(member.metadata().regex());
      }
    }
    return regexes;
  }
}
