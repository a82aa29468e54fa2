package io.ottla.coordinator.group;

import io.ottla.coordinator.CoordinatorException;
import io.ottla.coordinator.group.consumer.OffsetCommitCheck;
import io.ottla.wire.ErrorCode;

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

  /**
   * @param group null if there is none
   * @return what is left to check for each partition
   * @throws CoordinatorException if who commits may not
   */
  static OffsetCommitCheck validateCommit(Group group, Committer committer) {
    return switch (group) {
      case null -> validateWithoutGroup(committer);
      case ClassicGroup classic -> validate(classic, committer);
      case ModernGroup modern -> modern.validateCommit(committer);
    };
  }

  private static OffsetCommitCheck validateWithoutGroup(Committer committer) {
    if (committer.epoch() < 0) {
      // A consumer without group management, or an administrator: the commit makes the group.
      return OffsetCommitCheck.ANY;
    }
    throw new CoordinatorException(
        !committer.isTransactional() && committer.apiVersion() >= CONSUMER_PROTOCOL_VERSION
            ? ErrorCode.GROUP_ID_NOT_FOUND
            : ErrorCode.ILLEGAL_GENERATION);
  }

  private static OffsetCommitCheck validate(ClassicGroup group, Committer committer) {
    if (committer.epoch() < 0 && group.isEmpty()) {
      return OffsetCommitCheck.ANY;
    }
    if (committer.isTransactional()) {
      // Producers of old clients say nothing of the group; their own epoch fences them.
      return committer.isAnonymous() ? OffsetCommitCheck.ANY : validateMember(group, committer);
    }
    OffsetCommitCheck check = validateMember(group, committer);
    if (group.isIn(ClassicGroupState.COMPLETING_REBALANCE)) {
      // The member knows the generation, but has no assignment in it yet.
      throw new CoordinatorException(ErrorCode.REBALANCE_IN_PROGRESS);
    }
    return check;
  }

  private static OffsetCommitCheck validateMember(ClassicGroup group, Committer committer) {
    ErrorCode error = group.validateMember(committer.memberId(), committer.groupInstanceId());
    if (error == ErrorCode.NONE && committer.epoch() != group.generation()) {
      error = ErrorCode.ILLEGAL_GENERATION;
    }
    if (error != ErrorCode.NONE) {
      throw new CoordinatorException(error);
    }
    return OffsetCommitCheck.ANY;
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
