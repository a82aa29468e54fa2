package io.ottla.coordinator.group.consumer;

import io.ottla.coordinator.CoordinatorException;
import io.ottla.coordinator.CoordinatorRecord;
import java.util.Collection;
import java.util.List;
import java.util.Set;

/** A group of the consumer protocol. */
public final class ConsumerGroup {

  private final String groupId;

  ConsumerGroup(String groupId) {
    this.groupId = groupId;
  }

  public String groupId() {
    return groupId;
  }

  public ConsumerGroupState state() {
    throw new UnsupportedOperationException();
  }

  /** Grows with every change of members, subscriptions or topics. */
  public int epoch() {
    throw new UnsupportedOperationException();
  }

  public boolean isEmpty() {
    throw new UnsupportedOperationException();
  }

  public int size() {
    throw new UnsupportedOperationException();
  }

  public Collection<ConsumerMember> members() {
    throw new UnsupportedOperationException();
  }

  /** The member, or null. */
  public ConsumerMember member(String memberId) {
    throw new UnsupportedOperationException();
  }

  /** The topics that members subscribe to by name or by a regular expression. */
  public Set<String> subscribedTopics() {
    throw new UnsupportedOperationException();
  }

  public boolean isSubscribedTo(String topic) {
    throw new UnsupportedOperationException();
  }

  /**
   * Admits whoever wants to commit offsets.
   *
   * @param isTransactional whether it is TxnOffsetCommit
   * @throws CoordinatorException UNKNOWN_MEMBER_ID, STALE_MEMBER_EPOCH, ILLEGAL_GENERATION or
   *     UNSUPPORTED_VERSION
   */
  public OffsetCommitCheck admitCommit(
      String memberId,
      String instanceId,
      int memberEpoch,
      boolean isTransactional,
      short apiVersion) {
    throw new UnsupportedOperationException();
  }

  /**
   * Admits whoever wants to read offsets.
   *
   * @param memberId may be null: not a member
   * @throws CoordinatorException UNKNOWN_MEMBER_ID, STALE_MEMBER_EPOCH or ILLEGAL_GENERATION
   */
  public void admitFetch(String memberId, int memberEpoch) {
    throw new UnsupportedOperationException();
  }

  /** Adds the records that remove the group, which must be empty. */
  public void delete(List<CoordinatorRecord> records) {
    throw new UnsupportedOperationException();
  }
}
