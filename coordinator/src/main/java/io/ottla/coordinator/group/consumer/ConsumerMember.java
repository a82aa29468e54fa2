package io.ottla.coordinator.group.consumer;

/**
 * A member of a consumer group as the log has it. Immutable.
 *
 * @param memberId who it is, for the time it is in the group
 * @param metadata what it told
 * @param current where it is on its way to the target assignment
 */
public record ConsumerMember(String memberId, MemberMetadata metadata, CurrentAssignment current) {

  /** A member that has said nothing yet. */
  static ConsumerMember create(String memberId) {
    return new ConsumerMember(memberId, MemberMetadata.NONE, CurrentAssignment.NONE);
  }

  ConsumerMember with(MemberMetadata newMetadata) {
    return new ConsumerMember(memberId, newMetadata, current);
  }

  ConsumerMember with(CurrentAssignment newCurrent) {
    return new ConsumerMember(memberId, metadata, newCurrent);
  }

  /** The epoch it has to come with. */
  public int epoch() {
    return current.epoch();
  }

  /** The id of its static instance, or null. */
  public String instanceId() {
    return metadata.instanceId();
  }

  /** Whether it speaks the classic protocol. */
  public boolean isClassic() {
    return metadata.isClassic();
  }
}
