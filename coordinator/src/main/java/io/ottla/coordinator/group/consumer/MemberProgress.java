package io.ottla.coordinator.group.consumer;

import io.ottla.wire.Uuid;
import io.ottla.wire.message.ConsumerGroupHeartbeatRequest;
import java.util.List;
import java.util.Set;

/**
 * Leads members towards their targets, step by step.
 *
 * <p>Owned by the shard's thread.
 */
final class MemberProgress {

  private final GroupStore groups;
  private final Sessions sessions;

  MemberProgress(GroupStore groups, Sessions sessions) {
    this.groups = groups;
    this.sessions = sessions;
  }

  /**
   * Leads a member one step towards its target, and adds the record of it.
   *
   * @param reported what the member says it has; null if it did not say
   * @return the member after the step
   */
  ConsumerMember advance(
      Draft draft,
      ConsumerMember member,
      Target target,
      boolean hasSubscriptionChanged,
      List<ConsumerGroupHeartbeatRequest.TopicPartitions> reported) {
    if (!hasSubscriptionChanged && member.current().isReconciledTo(target.epoch())) {
      return member;
    }
    Set<Uuid> subscribed =
        Reconciliation.subscribedIds(
            member.metadata(), draft.group().subscriptions(), groups.topics());
    CurrentAssignment next =
        new Reconciliation(
                member.current(),
                target,
                subscribed,
                Reconciliation.namesTopics(member.metadata(), draft.group().subscriptions()),
                draft.group().owners(),
                reported)
            .step(hasSubscriptionChanged);
    if (next.equals(member.current())) {
      return member;
    }
    draft.add(ConsumerGroupRecords.current(draft.groupId(), member.memberId(), next));
    ConsumerMember after = member.with(next);
    draft.afterAppend(groups.journal().moved(draft.groupId(), member.current(), next));
    draft.afterAppend(() -> sessions.watchRevocation(groups.find(draft.groupId()), after));
    return after;
  }
}
