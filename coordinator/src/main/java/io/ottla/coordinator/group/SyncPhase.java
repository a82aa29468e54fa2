package io.ottla.coordinator.group;

import io.ottla.coordinator.CoordinatorContext;
import io.ottla.coordinator.CoordinatorResult;
import io.ottla.coordinator.Reply;
import io.ottla.coordinator.group.journal.RebalanceCause.AssignmentLost;
import io.ottla.wire.ErrorCode;
import io.ottla.wire.message.SyncGroupRequest;
import io.ottla.wire.message.SyncGroupResponse;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * SyncGroup: members wait for their assignment until the leader brings it; then the generation is
 * written down, and everyone is answered. Since version 5 a member also says which protocol it
 * thinks the group uses (KIP-559).
 *
 * <p>Owned by the shard's thread.
 */
final class SyncPhase {

  private static final Logger LOG = LoggerFactory.getLogger(SyncPhase.class);

  private final CoordinatorContext context;
  private final Groups groups;
  private final Rebalance rebalance;
  private final ClassicJournal journal;

  SyncPhase(
      CoordinatorContext context, Groups groups, Rebalance rebalance, ClassicJournal journal) {
    this.context = context;
    this.groups = groups;
    this.rebalance = rebalance;
    this.journal = journal;
  }

  CoordinatorResult<SyncGroupResponse> sync(
      SyncGroupRequest request, Reply<SyncGroupResponse> reply) {
    ClassicGroup group = groups.findClassic(request.groupId());
    ErrorCode error = group == null ? ErrorCode.UNKNOWN_MEMBER_ID : validate(group, request);
    if (error != ErrorCode.NONE) {
      return CoordinatorResult.respond(MemberResponses.syncError(error));
    }
    ClassicMember member = group.member(request.memberId());
    return switch (group.state()) {
      case EMPTY, DEAD ->
          CoordinatorResult.respond(MemberResponses.syncError(ErrorCode.UNKNOWN_MEMBER_ID));
      case PREPARING_REBALANCE ->
          CoordinatorResult.respond(MemberResponses.syncError(ErrorCode.REBALANCE_IN_PROGRESS));
      case COMPLETING_REBALANCE -> {
        member.awaitSync(reply);
        hasSynced(group, member);
        yield group.isLeader(member.memberId())
            ? assign(group, request)
            : CoordinatorResult.nothing();
      }
      case STABLE -> {
        hasSynced(group, member);
        yield CoordinatorResult.respond(MemberResponses.synced(group, member));
      }
    };
  }

  private static ErrorCode validate(ClassicGroup group, SyncGroupRequest request) {
    ErrorCode error = group.validateMember(request.memberId(), request.groupInstanceId());
    if (error != ErrorCode.NONE) {
      return error;
    }
    if (request.generationId() != group.generation()) {
      return ErrorCode.ILLEGAL_GENERATION;
    }
    return contradicts(request.protocolType(), group.protocolType())
            || contradicts(request.protocolName(), group.protocolName())
        ? ErrorCode.INCONSISTENT_GROUP_PROTOCOL
        : ErrorCode.NONE;
  }

  private static boolean contradicts(String claimed, String actual) {
    return claimed != null && actual != null && !claimed.equals(actual);
  }

  private static void hasSynced(ClassicGroup group, ClassicMember member) {
    group.removePendingSync(member.memberId());
    if (group.hasEveryoneSynced()) {
      group.cancelSyncDeadline();
    }
  }

  /** The leader has assigned. What it left out gets nothing; what it made up is ignored. */
  private CoordinatorResult<SyncGroupResponse> assign(
      ClassicGroup group, SyncGroupRequest request) {
    Map<String, byte[]> assignments = new HashMap<>();
    for (SyncGroupRequest.SyncGroupRequestAssignment assignment : request.assignments()) {
      assignments.put(assignment.memberId(), assignment.assignment());
    }
    return CoordinatorResult.<SyncGroupResponse>append(
            List.of(
                GroupRecords.generation(
                    group, group.members(), group.leaderId(), assignments, context.nowMs())))
        .withAfterAppend(() -> rebalance.handOutAssignments(group))
        .withOnAppendError(
            error -> {
              LOG.warn("The assignment of group {} could not be written: {}", group, error);
              journal.because(group, new AssignmentLost(error.name()));
              rebalance.dropAssignments(group, error);
              CoordinatorResult<Void> next = rebalance.prepare(group);
              assert next.records().isEmpty() : "the leader is there, and has not joined again";
            });
  }
}
