package io.ottla.coordinator.group.consumer;

import io.ottla.coordinator.CoordinatorException;
import io.ottla.wire.ErrorCode;
import io.ottla.wire.Uuid;

/**
 * Who may commit and read the offsets of a group. A member comes with the epoch it was told last;
 * to commit, an older one is enough for partitions it has had since then (KIP-1251), as commits
 * cross heartbeats.
 *
 * <p>On the shard's thread.
 */
final class OffsetAdmission {

  private static final int NO_EPOCH = -1;

  /** Since then a commit can name an epoch (KIP-848). */
  private static final short EPOCH_VERSION = 9;

  private OffsetAdmission() {}

  static OffsetCommitCheck commit(
      ConsumerGroup group,
      String memberId,
      String instanceId,
      int memberEpoch,
      boolean isTransactional,
      short apiVersion) {
    if (memberEpoch < 0 && group.isEmpty()) {
      // An administrator, or a consumer that manages its partitions itself.
      return OffsetCommitCheck.ANY;
    }
    if (isTransactional && memberEpoch == NO_EPOCH && memberId.isEmpty() && instanceId == null) {
      // TxnOffsetCommit need not name a member.
      return OffsetCommitCheck.ANY;
    }
    ConsumerMember member = find(group, memberId);
    if (!isTransactional && !member.isClassic() && apiVersion < EPOCH_VERSION) {
      throw new CoordinatorException(
          ErrorCode.UNSUPPORTED_VERSION,
          "Members of the consumer protocol commit with OffsetCommit version 9 or above.");
    }
    if (memberEpoch == member.epoch()) {
      return OffsetCommitCheck.ANY;
    }
    if (memberEpoch > member.epoch()) {
      throw outdated(member, memberEpoch);
    }
    return (topicId, partition) -> checkPartition(member, memberEpoch, topicId, partition);
  }

  private static void checkPartition(
      ConsumerMember member, int memberEpoch, Uuid topicId, int partition) {
    Integer assignmentEpoch = member.current().assignmentEpoch(topicId, partition);
    if (assignmentEpoch == null || memberEpoch < assignmentEpoch) {
      throw outdated(member, memberEpoch);
    }
  }

  static void fetch(ConsumerGroup group, String memberId, int memberEpoch) {
    if (memberId == null && memberEpoch < 0) {
      return;
    }
    ConsumerMember member = memberId == null ? null : group.member(memberId);
    if (member == null) {
      throw unknown(group, memberId);
    }
    if (memberEpoch != member.epoch()) {
      throw outdated(member, memberEpoch);
    }
  }

  private static ConsumerMember find(ConsumerGroup group, String memberId) {
    ConsumerMember member = group.member(memberId);
    if (member == null) {
      throw unknown(group, memberId);
    }
    return member;
  }

  private static CoordinatorException unknown(ConsumerGroup group, String memberId) {
    return new CoordinatorException(
        ErrorCode.UNKNOWN_MEMBER_ID,
        "Member " + memberId + " is not a member of group " + group.groupId() + ".");
  }

  private static CoordinatorException outdated(ConsumerMember member, int memberEpoch) {
    return new CoordinatorException(
        member.isClassic() ? ErrorCode.ILLEGAL_GENERATION : ErrorCode.STALE_MEMBER_EPOCH,
        "The member came with epoch " + memberEpoch + ", it is in epoch " + member.epoch() + ".");
  }
}
