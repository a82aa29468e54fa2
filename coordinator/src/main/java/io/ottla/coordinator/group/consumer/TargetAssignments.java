package io.ottla.coordinator.group.consumer;

import io.ottla.coordinator.CoordinatorContext;
import io.ottla.coordinator.CoordinatorException;
import io.ottla.coordinator.CoordinatorRecord;
import io.ottla.coordinator.CoordinatorResult;
import io.ottla.coordinator.group.assignor.Assignor;
import io.ottla.coordinator.group.assignor.AssignorException;
import io.ottla.coordinator.group.assignor.MemberAssignment;
import io.ottla.coordinator.group.assignor.MemberSpec;
import io.ottla.coordinator.group.assignor.RangeAssignor;
import io.ottla.coordinator.group.assignor.UniformAssignor;
import io.ottla.wire.ErrorCode;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Who shall read what: a new target assignment for each epoch of a group, but not more often than
 * the assignment interval allows (KIP-1263), so that changes that come together are assigned
 * together. Small groups are assigned at once, big ones away from the shard's thread.
 *
 * <p>Owned by the shard's thread.
 */
final class TargetAssignments {

  private static final Logger LOG = LoggerFactory.getLogger(TargetAssignments.class);

  /** Members and partitions up to which an assignment does not hold up a shard. */
  static final int SMALL = 1_000;

  /** When an assignment has failed away from the shard. */
  private static final int RETRY_MS = 1_000;

  private static final Map<String, Assignor> ASSIGNORS =
      Map.of(UniformAssignor.NAME, new UniformAssignor(), RangeAssignor.NAME, new RangeAssignor());

  private final CoordinatorContext context;
  private final GroupStore groups;
  private final ConsumerGroupSettingsSource settings;

  TargetAssignments(
      CoordinatorContext context, GroupStore groups, ConsumerGroupSettingsSource settings) {
    this.context = context;
    this.groups = groups;
    this.settings = settings;
  }

  /** Whether a new target is to be made, and may be made now. */
  boolean isDue(ConsumerGroup group, int groupEpoch) {
    if (group.targetEpoch() >= groupEpoch || group.soft().isAssigning()) {
      return false;
    }
    long nowMs = context.nowMs();
    int intervalMs = settings.of(group.groupId()).assignmentIntervalMs();
    return !group.soft().isAssignmentHeldBack(nowMs)
        && (intervalMs == 0 || hasPassed(group.targetTimestampMs(), intervalMs, nowMs));
  }

  /** A moment of the future was on a clock that has been put back since. */
  private static boolean hasPassed(long sinceMs, int intervalMs, long nowMs) {
    return nowMs >= sinceMs + intervalMs || nowMs < sinceMs;
  }

  /**
   * Makes a new target, if it is due.
   *
   * @param before the member whose request this is, as it is
   * @param after the member as it will be
   * @return where that member is to get to now: the new target, or the old one if there is no new
   *     one yet
   * @throws CoordinatorException if it cannot be made
   */
  Target update(Draft draft, ConsumerMember before, ConsumerMember after) {
    ConsumerGroup group = draft.group();
    if (!isDue(group, draft.epoch())) {
      return Target.current(group, after);
    }
    if (isBig(group, after)) {
      draft.afterAppend(() -> offload(group.groupId()));
      return Target.current(group, after);
    }
    AssignmentTask task =
        new AssignmentTask(
            group,
            draft.epoch(),
            assignor(group, before.metadata(), after.metadata()),
            groups.topics(),
            after);
    Map<String, MemberAssignment> assignments;
    try {
      assignments = task.compute();
    } catch (AssignorException e) {
      LOG.error(
          "Epoch {} of group {} cannot be assigned: {}",
          task.epoch(),
          group.groupId(),
          e.getMessage());
      throw new CoordinatorException(
          ErrorCode.UNKNOWN_SERVER_ERROR,
          "Epoch " + task.epoch() + " of the group cannot be assigned: " + e.getMessage());
    }
    for (String memberId : task.members().keySet()) {
      addTarget(group, memberId, assignments, memberId, draft.records());
    }
    draft.add(ConsumerGroupRecords.targetEpoch(group.groupId(), task.epoch(), context.nowMs()));
    LOG.debug(
        "Epoch {} of group {} is assigned by {}",
        task.epoch(),
        group.groupId(),
        task.assignorName());
    return new Target(
        task.epoch(), assignments.getOrDefault(after.memberId(), MemberAssignment.EMPTY));
  }

  private boolean isBig(ConsumerGroup group, ConsumerMember changed) {
    if (!settings.of(group.groupId()).isAssignorOffloaded()) {
      return false;
    }
    long size = AssignmentTask.size(group, groups.topics());
    for (String name : changed.metadata().topics()) {
      TopicCatalog.Topic topic = groups.topics().topic(name);
      size += topic == null || group.isSubscribedTo(name) ? 0 : topic.partitionCount();
    }
    return size > SMALL;
  }

  private Assignor assignor(ConsumerGroup group, MemberMetadata before, MemberMetadata after) {
    List<String> known = settings.of(group.groupId()).assignors();
    String name = group.counts().preferredAssignor(before, after, known);
    Assignor assignor = ASSIGNORS.get(name);
    if (assignor == null) {
      throw new CoordinatorException(
          ErrorCode.UNKNOWN_SERVER_ERROR, "There is no assignor " + name + ".");
    }
    return assignor;
  }

  private static void addTarget(
      ConsumerGroup group,
      String memberId,
      Map<String, MemberAssignment> assignments,
      String assignedAs,
      List<CoordinatorRecord> records) {
    MemberAssignment now = assignments.getOrDefault(assignedAs, MemberAssignment.EMPTY);
    if (!group.hasTarget(memberId) || !group.target(memberId).equals(now)) {
      records.add(ConsumerGroupRecords.target(group.groupId(), memberId, now));
    }
  }

  /** Has the group as it is now assigned on another thread. */
  private void offload(String groupId) {
    ConsumerGroup group = groups.find(groupId);
    if (group == null || !isDue(group, group.epoch())) {
      return;
    }
    AssignmentTask task =
        new AssignmentTask(
            group, group.epoch(), assignor(group, null, null), groups.topics(), null);
    group.soft().isAssigning(true);
    context.offload(
        task::compute,
        (assignments, failure) -> {
          group.soft().isAssigning(false);
          if (groups.find(groupId) != group) {
            return CoordinatorResult.nothing();
          }
          if (failure != null) {
            LOG.error(
                "Epoch {} of group {} could not be assigned; it is tried again",
                task.epoch(),
                groupId,
                failure);
            group.soft().holdBackAssignment(context.nowMs() + RETRY_MS);
            return CoordinatorResult.<Void>nothing();
          }
          return write(group, task, assignments);
        });
  }

  /** Writes what was computed for members some of which may have left or been replaced since. */
  private CoordinatorResult<Void> write(
      ConsumerGroup group, AssignmentTask task, Map<String, MemberAssignment> assignments) {
    List<CoordinatorRecord> records = new ArrayList<>();
    for (Map.Entry<String, MemberSpec> entry : task.members().entrySet()) {
      String memberId = entry.getKey();
      String now =
          group.member(memberId) != null
              ? memberId
              : group.staticMemberId(entry.getValue().instanceId());
      if (now != null) {
        addTarget(group, now, assignments, memberId, records);
      }
    }
    records.add(ConsumerGroupRecords.targetEpoch(group.groupId(), task.epoch(), context.nowMs()));
    LOG.debug(
        "Epoch {} of group {} is assigned by {}: {} members",
        task.epoch(),
        group.groupId(),
        task.assignorName(),
        task.members().size());
    // In parts, as a big group's may not fit one batch; the epoch, which makes it count, is last.
    return CoordinatorResult.<Void>appendInParts(records)
        .withAfterAppend(() -> groups.journal().check(group.groupId()));
  }
}
