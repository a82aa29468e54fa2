package io.ottla.coordinator.group.consumer;

import io.ottla.coordinator.CoordinatorException;
import io.ottla.wire.ErrorCode;
import io.ottla.wire.Uuid;
import io.ottla.wire.message.ConsumerGroupHeartbeatRequest.TopicPartitions;
import java.util.List;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Finds out as which member somebody comes: one of the group, a new one, or one that takes the
 * place of a static member that has left.
 *
 * <p>On the shard's thread; stateless.
 */
final class Admission {

  private static final Logger LOG = LoggerFactory.getLogger(Admission.class);

  private Admission() {}

  /**
   * @throws CoordinatorException GROUP_MAX_SIZE_REACHED if there is no room for the member
   */
  static void checkSize(ConsumerGroup group, String memberId, int maxSize) {
    if (group.size() >= maxSize && group.member(memberId) == null) {
      throw new CoordinatorException(
          ErrorCode.GROUP_MAX_SIZE_REACHED,
          "The consumer group has reached its maximum capacity of " + maxSize + " members.");
    }
  }

  /**
   * A member without a static name.
   *
   * @param isJoining whether it may be new
   * @throws CoordinatorException UNKNOWN_MEMBER_ID
   */
  static ConsumerMember dynamicMember(ConsumerGroup group, String memberId, boolean isJoining) {
    ConsumerMember member = group.member(memberId);
    if (member == null) {
      if (!isJoining) {
        throw unknown(group, memberId);
      }
      return ConsumerMember.create(memberId);
    }
    return member;
  }

  /**
   * A member with a static name. If it joins in the place of another, the records for that are
   * added.
   *
   * @param isClassic whether it speaks the classic protocol; then it may take over from one that
   *     has not left
   * @throws CoordinatorException UNKNOWN_MEMBER_ID, UNRELEASED_INSTANCE_ID or FENCED_INSTANCE_ID
   */
  static ConsumerMember staticMember(
      Draft draft, String memberId, String instanceId, boolean isJoining, boolean isClassic) {
    ConsumerGroup group = draft.group();
    ConsumerMember existing = group.staticMember(instanceId);
    if (!isJoining) {
      return checkStatic(group, existing, memberId, instanceId);
    }
    if (existing == null) {
      ConsumerMember known = group.member(memberId);
      return known == null ? ConsumerMember.create(memberId) : known;
    }
    boolean hasLeft = existing.epoch() == CurrentAssignment.STATIC_LEAVE_EPOCH;
    if (!isClassic && !existing.isClassic() && !hasLeft) {
      throw new CoordinatorException(
          ErrorCode.UNRELEASED_INSTANCE_ID,
          "Static member "
              + memberId
              + " with instance id "
              + instanceId
              + " cannot join: member "
              + existing.memberId()
              + " still uses the instance id.");
    }
    ConsumerMember replacing =
        new ConsumerMember(memberId, existing.metadata(), existing.current().rejoined());
    replace(draft, existing, replacing);
    LOG.debug(
        "Static member {} of group {} is back as {}, in the place of {}",
        instanceId,
        group.groupId(),
        memberId,
        existing.memberId());
    return replacing;
  }

  /**
   * @throws CoordinatorException UNKNOWN_MEMBER_ID or FENCED_INSTANCE_ID
   */
  static ConsumerMember checkStatic(
      ConsumerGroup group, ConsumerMember existing, String memberId, String instanceId) {
    if (existing == null) {
      throw new CoordinatorException(
          ErrorCode.UNKNOWN_MEMBER_ID,
          "Instance id " + instanceId + " is unknown in group " + group.groupId() + ".");
    }
    if (!existing.memberId().equals(memberId)) {
      throw new CoordinatorException(
          ErrorCode.FENCED_INSTANCE_ID,
          "Static member "
              + memberId
              + " with instance id "
              + instanceId
              + " was fenced by member "
              + existing.memberId()
              + ".");
    }
    return existing;
  }

  private static void replace(Draft draft, ConsumerMember old, ConsumerMember replacing) {
    String groupId = draft.groupId();
    remove(draft, old.memberId());
    draft.add(ConsumerGroupRecords.member(groupId, replacing.memberId(), replacing.metadata()));
    draft.add(
        ConsumerGroupRecords.target(
            groupId, replacing.memberId(), draft.group().target(old.memberId())));
    draft.add(ConsumerGroupRecords.current(groupId, replacing.memberId(), replacing.current()));
  }

  /** Adds the records that remove a member, in the order in which they must come. */
  static void remove(Draft draft, String memberId) {
    String groupId = draft.groupId();
    draft.add(ConsumerGroupRecords.currentTombstone(groupId, memberId));
    draft.add(ConsumerGroupRecords.targetTombstone(groupId, memberId));
    draft.add(ConsumerGroupRecords.memberTombstone(groupId, memberId));
  }

  /**
   * Whether the member comes with the epoch it was told. The one before will do if it has nothing
   * but what it was given: then the answer was lost.
   *
   * @param epoch that it came with; 0 to join is always right
   * @param reported what it says it has; null if it did not say
   * @throws CoordinatorException FENCED_MEMBER_EPOCH
   */
  static void checkEpoch(ConsumerMember member, int epoch, List<TopicPartitions> reported) {
    CurrentAssignment current = member.current();
    if (epoch == CurrentAssignment.JOIN_EPOCH || epoch == current.epoch()) {
      return;
    }
    if (epoch < current.epoch()
        && epoch == current.previousEpoch()
        && isWithin(reported, current.assigned())) {
      return;
    }
    throw new CoordinatorException(
        ErrorCode.FENCED_MEMBER_EPOCH,
        "The consumer group member has a "
            + (epoch > current.epoch() ? "greater" : "smaller")
            + " member epoch ("
            + epoch
            + ") than the one known by the group coordinator ("
            + current.epoch()
            + "). The member must abandon all its partitions and rejoin.");
  }

  private static boolean isWithin(
      List<TopicPartitions> reported, Map<Uuid, Map<Integer, Integer>> assigned) {
    if (reported == null) {
      return false;
    }
    for (TopicPartitions topic : reported) {
      Map<Integer, Integer> ofTopic = assigned.get(topic.topicId());
      if (ofTopic == null || !ofTopic.keySet().containsAll(topic.partitions())) {
        return false;
      }
    }
    return true;
  }

  static CoordinatorException unknown(ConsumerGroup group, String memberId) {
    return new CoordinatorException(
        ErrorCode.UNKNOWN_MEMBER_ID,
        "Member " + memberId + " is not a member of group " + group.groupId() + ".");
  }
}
