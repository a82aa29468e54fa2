package io.ottla.coordinator.group;

import io.ottla.coordinator.CoordinatorContext;
import io.ottla.coordinator.CoordinatorRecord;
import io.ottla.coordinator.CoordinatorResult;
import io.ottla.coordinator.Reply;
import io.ottla.coordinator.RequestContext;
import io.ottla.coordinator.group.journal.JournaledMember;
import io.ottla.coordinator.group.journal.RebalanceCause.GroupTooLarge;
import io.ottla.coordinator.group.journal.RebalanceCause.LeaderRejoined;
import io.ottla.coordinator.group.journal.RebalanceCause.MemberChanged;
import io.ottla.coordinator.group.journal.RebalanceCause.MemberJoined;
import io.ottla.coordinator.group.journal.RebalanceCause.MemberReplaced;
import io.ottla.wire.ErrorCode;
import io.ottla.wire.message.JoinGroupRequest;
import io.ottla.wire.message.JoinGroupResponse;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;

/**
 * JoinGroup.
 *
 * <ul>
 *   <li>An unknown member gets an id: before version 4 with its place in the group, since then to
 *       come back with (KIP-394).
 *   <li>A static member that comes back under a new id takes its former place, in a stable group
 *       without a rebalance if its protocols do not change the group's (KIP-345). Since version 9 a
 *       leader that comes back so is told it leads, but need not assign (KIP-814).
 *   <li>Anybody else that joins, or joins again with something new to say, or leads, causes a
 *       rebalance; the answer waits until it has joined everyone.
 * </ul>
 *
 * <p>Owned by the shard's thread.
 */
final class JoinPhase {

  private static final short MEMBER_ID_REQUIRED_VERSION = 4;
  private static final short SKIP_ASSIGNMENT_VERSION = 9;

  private final GroupCoordinatorConfig config;
  private final CoordinatorContext context;
  private final Groups groups;
  private final Rebalance rebalance;
  private final ClassicJournal journal;
  private final Supplier<String> memberIdSuffixes;

  JoinPhase(
      GroupCoordinatorConfig config,
      CoordinatorContext context,
      Groups groups,
      Rebalance rebalance,
      ClassicJournal journal,
      Supplier<String> memberIdSuffixes) {
    this.config = config;
    this.context = context;
    this.groups = groups;
    this.rebalance = rebalance;
    this.journal = journal;
    this.memberIdSuffixes = memberIdSuffixes;
  }

  /** A request, and what it takes to answer it. */
  private record Join(
      RequestContext context,
      JoinGroupRequest request,
      MemberTimeouts timeouts,
      List<MemberProtocol> protocols,
      Reply<JoinGroupResponse> reply) {

    static Join of(
        RequestContext context, JoinGroupRequest request, Reply<JoinGroupResponse> reply) {
      // Version 0 has no rebalance timeout.
      int rebalanceTimeoutMs =
          context.apiVersion() == 0 ? request.sessionTimeoutMs() : request.rebalanceTimeoutMs();
      List<MemberProtocol> protocols = new ArrayList<>(request.protocols().size());
      for (JoinGroupRequest.JoinGroupRequestProtocol protocol : request.protocols()) {
        protocols.add(new MemberProtocol(protocol.name(), protocol.metadata()));
      }
      return new Join(
          context,
          request,
          new MemberTimeouts(request.sessionTimeoutMs(), rebalanceTimeoutMs),
          protocols,
          reply);
    }

    String memberId() {
      return request.memberId();
    }

    String groupInstanceId() {
      return request.groupInstanceId();
    }

    boolean hasMemberId() {
      return !request.memberId().isEmpty();
    }

    String reason() {
      return request.reason();
    }

    /** Clients that come with the id they were given say so, which tells nobody anything. */
    String joinReason() {
      String reason = request.reason();
      return reason != null && hasMemberId() && reason.contains(memberId()) ? "" : reason;
    }
  }

  CoordinatorResult<JoinGroupResponse> join(
      RequestContext requestContext, JoinGroupRequest request, Reply<JoinGroupResponse> reply) {
    Join join = Join.of(requestContext, request, reply);
    ClassicGroup group = groups.findClassic(request.groupId());
    if (group != null) {
      return join(group, join);
    }
    if (join.hasMemberId()) {
      return refuse(join, ErrorCode.UNKNOWN_MEMBER_ID);
    }
    ClassicGroup created = new ClassicGroup(request.groupId(), context.nowMs());
    if (!created.supports(request.protocolType(), join.protocols)) {
      return refuse(join, ErrorCode.INCONSISTENT_GROUP_PROTOCOL);
    }
    List<CoordinatorRecord> records = new ArrayList<>();
    Group former = groups.find(request.groupId());
    if (former != null) {
      // A consumer group that is empty gives way.
      former.addTombstones(records);
    }
    records.add(GroupRecords.emptyGroup(request.groupId(), null, 0, context.nowMs()));
    return CoordinatorResult.<JoinGroupResponse>append(records)
        .withAfterAppend(() -> joinCreated(groups.findClassic(request.groupId()), join));
  }

  private void joinCreated(ClassicGroup group, Join join) {
    CoordinatorResult<JoinGroupResponse> result = join(group, join);
    // A first rebalance waits before it writes anything.
    assert result.records().isEmpty() : result;
    if (result.response() != null) {
      join.reply.send(result.response());
    }
  }

  private CoordinatorResult<JoinGroupResponse> join(ClassicGroup group, Join join) {
    if (!hasRoom(group, join.memberId())) {
      ClassicMember member = group.member(join.memberId());
      if (member != null) {
        rebalance.remove(group, member, new GroupTooLarge(group.size(), config.maxGroupSize()));
      }
      group.pending().remove(join.memberId());
      return rebalance
          .maybeCompleteJoin(group)
          .withResponse(
              MemberResponses.joinError(MemberResponses.NONE, ErrorCode.GROUP_MAX_SIZE_REACHED));
    }
    if (!group.supports(join.request.protocolType(), join.protocols)) {
      return refuse(join, ErrorCode.INCONSISTENT_GROUP_PROTOCOL);
    }
    return join.hasMemberId() ? joinAgain(group, join) : joinFirst(group, join);
  }

  /**
   * While a group prepares a rebalance, those that have joined it count, so that the last to come
   * find no room; otherwise the members do.
   */
  private boolean hasRoom(ClassicGroup group, String memberId) {
    ClassicMember member = group.member(memberId);
    return switch (group.state()) {
      case EMPTY, DEAD -> true;
      case PREPARING_REBALANCE ->
          (member != null && member.isAwaitingJoin())
              || group.awaitingJoin() < config.maxGroupSize();
      case COMPLETING_REBALANCE, STABLE -> member != null || group.size() < config.maxGroupSize();
    };
  }

  private CoordinatorResult<JoinGroupResponse> joinFirst(ClassicGroup group, Join join) {
    String instanceId = join.groupInstanceId();
    String memberId =
        (instanceId == null ? join.context.clientId() : instanceId) + "-" + memberIdSuffixes.get();
    if (instanceId != null) {
      ClassicMember former = group.staticMember(instanceId);
      return former == null ? add(group, join, memberId) : comeBack(group, join, former, memberId);
    }
    if (join.context.apiVersion() < MEMBER_ID_REQUIRED_VERSION) {
      return add(group, join, memberId);
    }
    if (group.pending().size() >= config.maxPendingMembers()) {
      return refuse(join, ErrorCode.COORDINATOR_NOT_AVAILABLE);
    }
    rebalance.addPending(group, memberId, join.timeouts.sessionTimeoutMs());
    return CoordinatorResult.respond(
        MemberResponses.joinError(memberId, ErrorCode.MEMBER_ID_REQUIRED));
  }

  private CoordinatorResult<JoinGroupResponse> joinAgain(ClassicGroup group, Join join) {
    if (group.pending().contains(join.memberId())) {
      // Ids are given out to dynamic members only.
      return join.groupInstanceId() == null
          ? add(group, join, join.memberId())
          : refuse(join, ErrorCode.UNKNOWN_MEMBER_ID);
    }
    ErrorCode error = group.validateMember(join.memberId(), join.groupInstanceId());
    if (error != ErrorCode.NONE) {
      return refuse(join, error);
    }
    ClassicMember member = group.member(join.memberId());
    boolean saysNothingNew = member.protocols().equals(join.protocols);
    return switch (group.state()) {
      case PREPARING_REBALANCE -> update(group, join, member);
      case COMPLETING_REBALANCE ->
          // The first answer may have got lost.
          saysNothingNew
              ? CoordinatorResult.respond(MemberResponses.joined(group, member.memberId()))
              : changed(group, join, member);
      case STABLE -> {
        if (group.isLeader(member.memberId())) {
          // The leader joins again when something outside has changed what it would assign.
          journal.because(group, new LeaderRejoined(ClassicJournal.named(member), join.reason()));
          yield update(group, join, member);
        }
        yield saysNothingNew
            ? CoordinatorResult.respond(MemberResponses.joined(group, member.memberId()))
            : changed(group, join, member);
      }
      case EMPTY, DEAD -> refuse(join, ErrorCode.UNKNOWN_MEMBER_ID);
    };
  }

  private CoordinatorResult<JoinGroupResponse> add(ClassicGroup group, Join join, String memberId) {
    ClassicMember member =
        new ClassicMember(
            memberId,
            join.groupInstanceId(),
            join.context.clientId(),
            join.context.clientHost(),
            join.timeouts,
            join.protocols);
    journal.because(group, new MemberJoined(ClassicJournal.named(member), join.joinReason()));
    group.add(member, join.request.protocolType());
    rebalance.putOffFirst(group, member);
    group.awaitJoin(member, join.reply);
    rebalance.startWaiting(group, member);
    return waiting(rebalance.prepareOrCompleteJoin(group));
  }

  private CoordinatorResult<JoinGroupResponse> changed(
      ClassicGroup group, Join join, ClassicMember member) {
    journal.because(group, new MemberChanged(ClassicJournal.named(member), join.reason()));
    return update(group, join, member);
  }

  private CoordinatorResult<JoinGroupResponse> update(
      ClassicGroup group, Join join, ClassicMember member) {
    group.update(member, join.timeouts, join.protocols);
    journal.rejoined(group, member);
    group.awaitJoin(member, join.reply);
    return waiting(rebalance.prepareOrCompleteJoin(group));
  }

  /** A static member is back without the id it had. */
  private CoordinatorResult<JoinGroupResponse> comeBack(
      ClassicGroup group, Join join, ClassicMember former, String memberId) {
    boolean changesNothing =
        group.isIn(ClassicGroupState.STABLE)
            && group.electProtocol(former, join.protocols).equals(group.protocolName());
    if (changesNothing) {
      return comeBackQuietly(group, join, former, memberId);
    }
    journal.because(
        group,
        new MemberReplaced(
            new JournaledMember(
                memberId, former.groupInstanceId(), former.clientId(), former.clientHost()),
            former.memberId()));
    journal.gone(group, former.memberId());
    ClassicMember member = group.replace(former, memberId);
    group.update(member, join.timeouts, join.protocols);
    group.awaitJoin(member, join.reply);
    rebalance.touch(group, member);
    // In a generation that is being assigned the leader knows only the former id: begin again.
    return waiting(rebalance.prepareOrCompleteJoin(group));
  }

  /** The log says first that the member has a new id; then the group is told, and goes on. */
  private CoordinatorResult<JoinGroupResponse> comeBackQuietly(
      ClassicGroup group, Join join, ClassicMember former, String memberId) {
    String formerLeaderId = group.leaderId();
    String leaderId = group.isLeader(former.memberId()) ? memberId : formerLeaderId;
    ClassicMember restarted = former.restartedAs(memberId);
    restarted.timeouts(join.timeouts);
    restarted.protocols(join.protocols);
    List<ClassicMember> members = new ArrayList<>(group.size());
    Map<String, byte[]> assignments = new HashMap<>();
    for (ClassicMember each : group.members()) {
      ClassicMember now = each == former ? restarted : each;
      members.add(now);
      assignments.put(now.memberId(), now.assignment());
    }
    return CoordinatorResult.<JoinGroupResponse>append(
            List.of(
                GroupRecords.generation(
                    group, members, leaderId, assignments, group.stateTimestampMs())))
        .withAfterAppend(
            () -> {
              ClassicMember member = group.member(memberId);
              group.update(member, join.timeouts, join.protocols);
              rebalance.touch(group, member);
              join.reply.send(backResponse(group, member, formerLeaderId, join.context));
            });
  }

  private static JoinGroupResponse backResponse(
      ClassicGroup group,
      ClassicMember member,
      String formerLeaderId,
      RequestContext requestContext) {
    JoinGroupResponse response = MemberResponses.joined(group, member.memberId());
    if (requestContext.apiVersion() >= SKIP_ASSIGNMENT_VERSION) {
      return response.skipAssignment(group.isLeader(member.memberId()));
    }
    // An old client that thinks it leads would assign, which a stable group ignores: it is told
    // the leader's former id, which is not its own.
    return response.leader(formerLeaderId).members(List.of());
  }

  private static CoordinatorResult<JoinGroupResponse> refuse(Join join, ErrorCode error) {
    return CoordinatorResult.respond(MemberResponses.joinError(join.memberId(), error));
  }

  /** The reply waits in the group; only the records of the result count. */
  private static CoordinatorResult<JoinGroupResponse> waiting(CoordinatorResult<Void> result) {
    return result.withResponse(null);
  }
}
