package io.ottla.coordinator.group;

import io.ottla.coordinator.CoordinatorException;
import io.ottla.coordinator.CoordinatorResult;
import io.ottla.coordinator.group.journal.JournaledMember;
import io.ottla.coordinator.group.journal.RebalanceCause;
import io.ottla.wire.ErrorCode;
import io.ottla.wire.message.HeartbeatRequest;
import io.ottla.wire.message.HeartbeatResponse;
import io.ottla.wire.message.LeaveGroupRequest;
import io.ottla.wire.message.LeaveGroupResponse;
import java.util.ArrayList;
import java.util.List;

/**
 * Heartbeat and LeaveGroup: members say that they are alive, or that they, or others, are not any
 * more. An administrator may remove static members by their names (KIP-345).
 *
 * <p>Owned by the shard's thread.
 */
final class Membership {

  private final Groups groups;
  private final Rebalance rebalance;

  Membership(Groups groups, Rebalance rebalance) {
    this.groups = groups;
    this.rebalance = rebalance;
  }

  /**
   * @throws CoordinatorException if the member is none, or of another generation
   */
  CoordinatorResult<HeartbeatResponse> heartbeat(HeartbeatRequest request) {
    ClassicGroup group = groups.findClassic(request.groupId());
    if (group == null) {
      throw new CoordinatorException(ErrorCode.UNKNOWN_MEMBER_ID);
    }
    ErrorCode error = group.validateMember(request.memberId(), request.groupInstanceId());
    if (error == ErrorCode.NONE && request.generationId() != group.generation()) {
      error = ErrorCode.ILLEGAL_GENERATION;
    }
    if (error != ErrorCode.NONE) {
      throw new CoordinatorException(error);
    }
    rebalance.touch(group, group.member(request.memberId()));
    ErrorCode answer =
        switch (group.state()) {
          case PREPARING_REBALANCE -> ErrorCode.REBALANCE_IN_PROGRESS;
          case COMPLETING_REBALANCE, STABLE -> ErrorCode.NONE;
          case EMPTY, DEAD -> ErrorCode.UNKNOWN_MEMBER_ID;
        };
    return CoordinatorResult.respond(new HeartbeatResponse().errorCode(answer.code()));
  }

  CoordinatorResult<LeaveGroupResponse> leave(LeaveGroupRequest request) {
    ClassicGroup group = groups.findClassic(request.groupId());
    List<LeaveGroupResponse.MemberResponse> responses = new ArrayList<>(request.members().size());
    boolean hasAnyLeft = false;
    for (LeaveGroupRequest.MemberIdentity identity : request.members()) {
      ErrorCode error = group == null ? ErrorCode.UNKNOWN_MEMBER_ID : leave(group, identity);
      hasAnyLeft |= error == ErrorCode.NONE;
      responses.add(
          new LeaveGroupResponse.MemberResponse()
              .memberId(identity.memberId())
              .groupInstanceId(identity.groupInstanceId())
              .errorCode(error.code()));
    }
    CoordinatorResult<Void> result =
        hasAnyLeft ? rebalance.membersLeft(group) : CoordinatorResult.nothing();
    return result.withResponse(new LeaveGroupResponse().members(responses));
  }

  private ErrorCode leave(ClassicGroup group, LeaveGroupRequest.MemberIdentity identity) {
    String memberId = identity.memberId();
    String instanceId = identity.groupInstanceId();
    if (group.pending().contains(memberId)) {
      if (!group.isEmpty()) {
        // Odd, but so it is: the group rebalances also for one that was never a member.
        JournaledMember named = new JournaledMember(memberId, null, "", "");
        rebalance.because(group, new RebalanceCause.MemberLeft(named, identity.reason()));
      }
      group.pending().remove(memberId);
      return ErrorCode.NONE;
    }
    ClassicMember member;
    if (memberId.isEmpty()) {
      member = instanceId == null ? null : group.staticMember(instanceId);
    } else {
      ErrorCode error = group.validateMember(memberId, instanceId);
      if (error != ErrorCode.NONE) {
        return error;
      }
      member = group.member(memberId);
    }
    if (member == null) {
      return ErrorCode.UNKNOWN_MEMBER_ID;
    }
    rebalance.remove(
        group,
        member,
        RebalanceCause.left(ClassicJournal.named(member), memberId.isEmpty(), identity.reason()));
    return ErrorCode.NONE;
  }
}
