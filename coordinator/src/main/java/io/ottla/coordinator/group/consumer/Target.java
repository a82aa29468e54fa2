package io.ottla.coordinator.group.consumer;

import io.ottla.coordinator.group.assignor.MemberAssignment;

/**
 * Where one member is to get to.
 *
 * @param epoch of the target assignment
 * @param assignment what it shall read
 */
record Target(int epoch, MemberAssignment assignment) {

  /** What the group's target says of the member, or of the one whose static name it has. */
  static Target current(ConsumerGroup group, ConsumerMember member) {
    String memberId =
        member.instanceId() == null ? member.memberId() : group.staticMemberId(member.instanceId());
    return new Target(
        group.targetEpoch(), memberId == null ? MemberAssignment.EMPTY : group.target(memberId));
  }
}
