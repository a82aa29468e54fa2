package io.ottla.coordinator.group;

import io.ottla.wire.message.OffsetCommitRequest;
import io.ottla.wire.message.TxnOffsetCommitRequest;

/**
 * Who commits offsets, as they say themselves.
 *
 * @param memberId empty for one that is no member
 * @param groupInstanceId the static member's name, or null
 * @param epoch the generation or the member's epoch; negative for one that is no member
 * @param isTransactional whether a producer does it in its transaction
 * @param apiVersion of the request
 */
record Committer(
    String memberId, String groupInstanceId, int epoch, boolean isTransactional, short apiVersion) {

  private static final int NO_GENERATION = -1;

  static Committer of(OffsetCommitRequest request, short apiVersion) {
    return new Committer(
        request.memberId(),
        request.groupInstanceId(),
        request.generationIdOrMemberEpoch(),
        false,
        apiVersion);
  }

  static Committer of(TxnOffsetCommitRequest request, short apiVersion) {
    return new Committer(
        request.memberId(),
        request.groupInstanceId(),
        request.generationIdOrMemberEpoch(),
        true,
        apiVersion);
  }

  /** Whether it says nothing of itself: producers need not, as they are fenced by their epoch. */
  boolean isAnonymous() {
    return epoch == NO_GENERATION && memberId.isEmpty() && groupInstanceId == null;
  }
}
