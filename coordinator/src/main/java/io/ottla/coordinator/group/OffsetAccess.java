package io.ottla.coordinator.group;

import io.ottla.coordinator.CoordinatorException;
import io.ottla.wire.ErrorCode;
import io.ottla.wire.Uuid;

/**
 * Who may commit, read and delete the offsets of a group. Stateless; used on the shard's thread.
 *
 * <p>Into a group without members, anyone may commit who does not claim to be one. Members of a
 * classic group have to be of its generation. A member of a consumer group may also be behind its
 * group, in partitions that it has owned ever since (KIP-1251).
 */
final class OffsetAccess {

  /** Since then an unknown group is called that, and members of consumer groups may commit. */
  private static final short CONSUMER_PROTOCOL_VERSION = 9;

  private OffsetAccess() {}

  /** Whether a commit that may be made at all may be made in one partition. */
  interface PartitionCheck {

    /** All partitions. */
    PartitionCheck NONE = (topicId, partition) -> ErrorCode.NONE;

    /**
     * @return NONE, or why the whole commit is refused
     */
    ErrorCode check(Uuid topicId, int partition);
  }

  /**
   * @param group null if there is none
   * @throws CoordinatorException if who commits may not
   */
  static PartitionCheck validateCommit(Group group, Committer committer) {
    return switch (group) {
      case null -> validateWithoutGroup(committer);
      case ClassicGroup classic -> validate(classic, committer);
      case ModernGroup modern -> modern.validateCommit(committer);
    };
  }

  private static PartitionCheck validateWithoutGroup(Committer committer) {
    if (committer.epoch() < 0) {
      // A consumer without group management, or an administrator: the commit makes the group.
      return PartitionCheck.NONE;
    }
    throw new CoordinatorException(
        !committer.isTransactional() && committer.apiVersion() >= CONSUMER_PROTOCOL_VERSION
            ? ErrorCode.GROUP_ID_NOT_FOUND
            : ErrorCode.ILLEGAL_GENERATION);
  }

  private static PartitionCheck validate(ClassicGroup group, Committer committer) {
    if (committer.epoch() < 0 && group.isEmpty()) {
      return PartitionCheck.NONE;
    }
    if (committer.isTransactional()) {
      // Producers of old clients say nothing of the group; their own epoch fences them.
      return committer.isAnonymous() ? PartitionCheck.NONE : validateMember(group, committer);
    }
    PartitionCheck check = validateMember(group, committer);
    if (group.isIn(ClassicGroupState.COMPLETING_REBALANCE)) {
      // The member knows the generation, but has no assignment in it yet.
      throw new CoordinatorException(ErrorCode.REBALANCE_IN_PROGRESS);
    }
    return check;
  }

  private static PartitionCheck validateMember(ClassicGroup group, Committer committer) {
    ErrorCode error = group.validateMember(committer.memberId(), committer.groupInstanceId());
    if (error == ErrorCode.NONE && committer.epoch() != group.generation()) {
      error = ErrorCode.ILLEGAL_GENERATION;
    }
    if (error != ErrorCode.NONE) {
      throw new CoordinatorException(error);
    }
    return PartitionCheck.NONE;
  }

  /**
   * @param group null if there is none: nothing is to be found then
   * @param memberId of who asks, or null
   * @param memberEpoch negative for one that is no member
   * @throws CoordinatorException if a member is not up to date
   */
  static void validateFetch(Group group, String memberId, int memberEpoch) {
    switch (group) {
      case ModernGroup modern -> modern.validateFetch(memberId, memberEpoch);
      case ClassicGroup classic -> {}
      case null -> {}
    }
  }

  /**
   * @param group null if there is none
   * @throws CoordinatorException if the group is unknown, or in use by others than consumers
   */
  static void validateDelete(Group group) {
    switch (group) {
      case ClassicGroup classic -> {
        if (!classic.isEmpty() && !classic.usesConsumerProtocol()) {
          throw new CoordinatorException(ErrorCode.NON_EMPTY_GROUP);
        }
      }
      case ModernGroup modern -> {}
      case null -> throw new CoordinatorException(ErrorCode.GROUP_ID_NOT_FOUND);
    }
  }
}
