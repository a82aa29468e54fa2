package io.ottla.coordinator.group;

import io.ottla.wire.ErrorCode;
import io.ottla.wire.message.JoinGroupResponse;
import io.ottla.wire.message.SyncGroupResponse;
import java.util.List;

/** The answers members get while they join and sync. */
final class MemberResponses {

  /** The leader of a group that has none, and the id of a member that has none. */
  static final String NONE = "";

  private MemberResponses() {}

  static JoinGroupResponse joinError(String memberId, ErrorCode error) {
    return new JoinGroupResponse()
        .errorCode(error.code())
        .generationId(-1)
        .protocolName(null)
        .leader(NONE)
        .memberId(memberId)
        .members(List.of());
  }

  /** What a member learns of the group's current generation; the leader also learns the members. */
  static JoinGroupResponse joined(ClassicGroup group, String memberId) {
    return new JoinGroupResponse()
        .errorCode(ErrorCode.NONE.code())
        .generationId(group.generation())
        .protocolType(group.protocolType())
        .protocolName(group.protocolName())
        .leader(group.leaderId() == null ? NONE : group.leaderId())
        .memberId(memberId)
        .members(group.isLeader(memberId) ? membersForLeader(group) : List.of());
  }

  private static List<JoinGroupResponse.JoinGroupResponseMember> membersForLeader(
      ClassicGroup group) {
    return group.members().stream()
        .map(
            member ->
                new JoinGroupResponse.JoinGroupResponseMember()
                    .memberId(member.memberId())
                    .groupInstanceId(member.groupInstanceId())
                    .metadata(member.metadata(group.protocolName())))
        .toList();
  }

  static SyncGroupResponse syncError(ErrorCode error) {
    return new SyncGroupResponse().errorCode(error.code()).assignment(ClassicMember.NO_ASSIGNMENT);
  }

  static SyncGroupResponse synced(ClassicGroup group, ClassicMember member) {
    return new SyncGroupResponse()
        .errorCode(ErrorCode.NONE.code())
        .protocolType(group.protocolType())
        .protocolName(group.protocolName())
        .assignment(member.assignment());
  }
}
