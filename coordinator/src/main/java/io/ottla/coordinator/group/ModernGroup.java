package io.ottla.coordinator.group;

import io.ottla.coordinator.CoordinatorRecord;
import io.ottla.coordinator.group.consumer.ConsumerGroup;
import io.ottla.coordinator.group.consumer.OffsetCommitCheck;
import java.util.List;

/**
 * A group of the consumer protocol, as offsets and administration see it.
 *
 * <p>Owned by the shard's thread. Made anew whenever it is asked for; the state is the group's.
 */
record ModernGroup(ConsumerGroup group) implements Group {

  /** What its members would call their kind, if they were asked. */
  private static final String PROTOCOL_TYPE = "consumer";

  @Override
  public String groupId() {
    return group.groupId();
  }

  @Override
  public GroupType type() {
    return GroupType.CONSUMER;
  }

  @Override
  public String stateText() {
    return group.state().text();
  }

  @Override
  public String listedProtocolType() {
    return PROTOCOL_TYPE;
  }

  @Override
  public boolean isEmpty() {
    return group.isEmpty();
  }

  @Override
  public boolean isSubscribedTo(String topic) {
    return group.isSubscribedTo(topic);
  }

  @Override
  public void addTombstones(List<CoordinatorRecord> records) {
    group.delete(records);
  }

  /**
   * @throws io.ottla.coordinator.CoordinatorException if who commits may not
   */
  OffsetCommitCheck validateCommit(Committer committer) {
    return group.admitCommit(
        committer.memberId(),
        committer.groupInstanceId(),
        committer.epoch(),
        committer.isTransactional(),
        committer.apiVersion());
  }

  /**
   * @throws io.ottla.coordinator.CoordinatorException if who asks may not
   */
  void validateFetch(String memberId, int memberEpoch) {
    group.admitFetch(memberId, memberEpoch);
  }
}
