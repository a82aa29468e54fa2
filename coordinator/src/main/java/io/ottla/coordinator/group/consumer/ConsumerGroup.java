package io.ottla.coordinator.group.consumer;

import io.ottla.coordinator.CoordinatorException;
import io.ottla.coordinator.CoordinatorRecord;
import io.ottla.coordinator.group.assignor.MemberAssignment;
import io.ottla.wire.message.ConsumerGroupMetadataValue;
import io.ottla.wire.message.ConsumerGroupTargetAssignmentMetadataValue;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * A group of the consumer protocol: who is in it, who shall read what, who reads what.
 *
 * <p>Changed by replay alone, but for the soft state it carries along. Nothing here is slow in the
 * number of members, but what has to look at each of them.
 *
 * <p>Owned by the shard's thread.
 */
public final class ConsumerGroup {

  /** The epoch of a group, and of its target, before anything was written. */
  private static final int FIRST_EPOCH = 1;

  private static final int NO_TARGET = -1;

  private final String groupId;
  private final Map<String, ConsumerMember> members = new LinkedHashMap<>();
  private final Map<String, String> staticMembers = new HashMap<>();
  private final Map<String, MemberAssignment> targets = new HashMap<>();
  private final GroupSubscriptions subscriptions;
  private final PartitionOwners owners;
  private final MemberCounts counts = new MemberCounts();
  private final SoftState soft = new SoftState();
  private int epoch = FIRST_EPOCH;
  private long metadataHash;
  private int targetEpoch = FIRST_EPOCH;
  private long targetTimestampMs;
  private boolean hasPartitionMetadata;

  ConsumerGroup(String groupId, SubscriptionListener listener) {
    this.groupId = groupId;
    this.subscriptions = new GroupSubscriptions(groupId, listener);
    this.owners = new PartitionOwners(groupId);
  }

  public String groupId() {
    return groupId;
  }

  public ConsumerGroupState state() {
    if (members.isEmpty()) {
      return ConsumerGroupState.EMPTY;
    }
    if (epoch > targetEpoch) {
      return ConsumerGroupState.ASSIGNING;
    }
    return counts.reconciledTo(targetEpoch) == members.size()
        ? ConsumerGroupState.STABLE
        : ConsumerGroupState.RECONCILING;
  }

  /** Whether nobody who is here has anything to wait for. */
  boolean isSettled() {
    return epoch <= targetEpoch
        && (subscriptions.regexes().isEmpty() || subscriptions.isResolved())
        && counts.reconciledTo(targetEpoch) + counts.away() == members.size();
  }

  /** Grows with every change of members, subscriptions or topics. */
  public int epoch() {
    return epoch;
  }

  /** The hash of the topics the members subscribe to, when it was computed last. */
  public long metadataHash() {
    return metadataHash;
  }

  /** The group's epoch that the target assignment was made for. */
  public int targetEpoch() {
    return targetEpoch;
  }

  /** When the target assignment was made, since 1970; 0 if that is not known. */
  long targetTimestampMs() {
    return targetTimestampMs;
  }

  public boolean isEmpty() {
    return members.isEmpty();
  }

  public int size() {
    return members.size();
  }

  public Collection<ConsumerMember> members() {
    return Collections.unmodifiableCollection(members.values());
  }

  /** The member, or null. */
  public ConsumerMember member(String memberId) {
    return members.get(memberId);
  }

  /** The id of the member that is the static instance, or null. */
  public String staticMemberId(String instanceId) {
    return instanceId == null ? null : staticMembers.get(instanceId);
  }

  /** The member that is the static instance, or null. */
  public ConsumerMember staticMember(String instanceId) {
    String memberId = staticMemberId(instanceId);
    return memberId == null ? null : members.get(memberId);
  }

  /** What the member shall read; nothing if the target does not know it. */
  public MemberAssignment target(String memberId) {
    return targets.getOrDefault(memberId, MemberAssignment.EMPTY);
  }

  boolean hasTarget(String memberId) {
    return targets.containsKey(memberId);
  }

  GroupSubscriptions subscriptions() {
    return subscriptions;
  }

  PartitionOwners owners() {
    return owners;
  }

  MemberCounts counts() {
    return counts;
  }

  SoftState soft() {
    return soft;
  }

  /** Whether a record of the time before 4.1 is to be removed from the log. */
  boolean hasPartitionMetadata() {
    return hasPartitionMetadata;
  }

  /** The topics that members subscribe to by name or by a regular expression. */
  public Set<String> subscribedTopics() {
    return subscriptions.topics();
  }

  public boolean isSubscribedTo(String topic) {
    return subscriptions.contains(topic);
  }

  /** How many members speak the classic protocol. */
  public int classicMembers() {
    return counts.classic();
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
    return OffsetAdmission.commit(
        this, memberId, instanceId, memberEpoch, isTransactional, apiVersion);
  }

  /**
   * Admits whoever wants to read offsets.
   *
   * @param memberId may be null: not a member
   * @throws CoordinatorException UNKNOWN_MEMBER_ID, STALE_MEMBER_EPOCH or ILLEGAL_GENERATION
   */
  public void admitFetch(String memberId, int memberEpoch) {
    OffsetAdmission.fetch(this, memberId, memberEpoch);
  }

  /** Adds the records that remove all there is of the group. */
  public void delete(List<CoordinatorRecord> records) {
    delete(List.copyOf(members.keySet()), records);
  }

  /**
   * The same for a group in which a member has just been replaced, by records that are not replayed
   * yet.
   */
  void delete(String replacedId, String joinedId, List<CoordinatorRecord> records) {
    delete(
        members.keySet().stream().map(id -> id.equals(replacedId) ? joinedId : id).toList(),
        records);
  }

  private void delete(List<String> memberIds, List<CoordinatorRecord> records) {
    memberIds.forEach(id -> records.add(ConsumerGroupRecords.currentTombstone(groupId, id)));
    memberIds.forEach(id -> records.add(ConsumerGroupRecords.targetTombstone(groupId, id)));
    records.add(ConsumerGroupRecords.targetEpochTombstone(groupId));
    memberIds.forEach(id -> records.add(ConsumerGroupRecords.memberTombstone(groupId, id)));
    subscriptions
        .resolvedRegexes()
        .forEach(regex -> records.add(ConsumerGroupRecords.regexTombstone(groupId, regex)));
    records.add(ConsumerGroupRecords.partitionMetadataTombstone(groupId));
    records.add(ConsumerGroupRecords.epochTombstone(groupId));
  }

  // Replay.

  void replayEpoch(ConsumerGroupMetadataValue value) {
    epoch = value.epoch();
    metadataHash = value.metadataHash();
  }

  void replayPartitionMetadata(boolean isThere) {
    hasPartitionMetadata = isThere;
  }

  /** null if the target is removed. */
  void replayTargetEpoch(ConsumerGroupTargetAssignmentMetadataValue value) {
    targetEpoch = value == null ? NO_TARGET : value.assignmentEpoch();
    targetTimestampMs = value == null ? 0 : value.assignmentTimestamp();
  }

  /** null if the target does not know the member any more. */
  void replayTarget(String memberId, MemberAssignment assignment) {
    if (assignment == null) {
      targets.remove(memberId);
    } else {
      targets.put(memberId, assignment);
    }
  }

  /** null if the member has left. */
  void replayMember(String memberId, MemberMetadata metadata) {
    ConsumerMember before = members.get(memberId);
    if (metadata != null) {
      put(before, (before == null ? ConsumerMember.create(memberId) : before).with(metadata));
    } else if (before != null) {
      remove(before);
    }
  }

  /** null if the member has nothing any more. */
  void replayCurrent(String memberId, CurrentAssignment current) {
    ConsumerMember before = members.get(memberId);
    if (current != null) {
      put(before, (before == null ? ConsumerMember.create(memberId) : before).with(current));
    } else if (before != null) {
      put(before, before.with(CurrentAssignment.REMOVED));
    }
  }

  void replayRegex(String regex, ResolvedRegex resolved) {
    subscriptions.resolve(regex, resolved);
  }

  private void put(ConsumerMember before, ConsumerMember after) {
    members.put(after.memberId(), after);
    counts.replace(before, after);
    if (before == null || before.metadata() != after.metadata()) {
      subscriptions.replace(before == null ? null : before.metadata(), after.metadata());
    }
    if (before == null || before.current() != after.current()) {
      owners.replace(before == null ? null : before.current(), after.current());
    }
    if (after.instanceId() != null) {
      staticMembers.put(after.instanceId(), after.memberId());
    }
  }

  private void remove(ConsumerMember member) {
    members.remove(member.memberId());
    counts.replace(member, null);
    subscriptions.replace(member.metadata(), null);
    owners.replace(member.current(), null);
    soft.forget(member.memberId());
    if (member.instanceId() != null) {
      // Another member may have taken the name over.
      staticMembers.remove(member.instanceId(), member.memberId());
    }
  }

  /** The group is gone. */
  void die() {
    subscriptions.clear();
    soft.forgetAll();
  }

  @Override
  public String toString() {
    return groupId + " (" + state().text() + ", epoch " + epoch + ")";
  }
}
