package io.ottla.coordinator.group.consumer;

import io.ottla.coordinator.CoordinatorContext;
import io.ottla.coordinator.RequestContext;
import io.ottla.coordinator.group.journal.CutList;
import io.ottla.coordinator.group.journal.JournaledMember;
import io.ottla.coordinator.group.journal.RebalanceCause;

/**
 * What it means for a group that a member has told something new about itself: what is written, and
 * whether a new epoch of the group begins, which is what asks for a new target assignment.
 *
 * <p>Owned by the shard's thread.
 */
final class Subscriptions {

  private final CoordinatorContext context;
  private final GroupStore groups;
  private final RegexResolution regexes;

  Subscriptions(CoordinatorContext context, GroupStore groups, RegexResolution regexes) {
    this.context = context;
    this.groups = groups;
    this.regexes = regexes;
  }

  /** Whether the group has something to look at although the member has told nothing new. */
  boolean isCheckDue(ConsumerGroup group) {
    return group.soft().isTopicsCheckDue(context.nowMs()) || regexes.isRefreshDue(group);
  }

  /**
   * Adds what a member's news write, and begins a new epoch if it must.
   *
   * @param before the member as it is, or as it is taken over from its predecessor
   * @param after with what it told now
   * @return whether what it subscribes to has changed
   */
  boolean update(Draft draft, ConsumerMember before, ConsumerMember after, RequestContext client) {
    MemberMetadata old = before.metadata();
    MemberMetadata now = after.metadata();
    boolean haveTopicsChanged = false;
    if (!now.equals(old)) {
      draft.add(ConsumerGroupRecords.member(draft.groupId(), after.memberId(), now));
      haveTopicsChanged = !now.topics().equals(old.topics());
    }
    RegexResolution.Change regexChange = regexes.update(draft, old, now, client);
    // An expression that is not resolved yet will begin an epoch when it is.
    boolean beginsEpoch =
        haveTopicsChanged
            || (now.isClassic()
                ? regexChange != RegexResolution.Change.NONE
                : regexChange == RegexResolution.Change.CHANGED_AND_RESOLVED);
    if (beginsEpoch || draft.group().soft().isTopicsCheckDue(context.nowMs())) {
      checkTopics(draft, old, now, beginsEpoch);
    }
    boolean willBeginEpoch = regexChange == RegexResolution.Change.CHANGED && now.hasRegex();
    if (draft.epoch() != draft.group().epoch() || willBeginEpoch) {
      RebalanceCause cause =
          beginsEpoch || willBeginEpoch
              ? cause(draft.group(), after)
              : new RebalanceCause.TopicsChanged(CutList.none());
      draft.afterAppend(groups.journal().because(draft.group(), cause));
    }
    return haveTopicsChanged || regexChange != RegexResolution.Change.NONE;
  }

  private static RebalanceCause cause(ConsumerGroup group, ConsumerMember after) {
    JournaledMember named = ConsumerJournal.named(after);
    if (group.member(after.memberId()) != null) {
      return new RebalanceCause.MemberChanged(named, "");
    }
    String former = group.staticMemberId(after.instanceId());
    return former == null
        ? new RebalanceCause.MemberJoined(named, "")
        : new RebalanceCause.MemberReplaced(named, former);
  }

  private void checkTopics(
      Draft draft, MemberMetadata before, MemberMetadata after, boolean beginsEpoch) {
    ConsumerGroup group = draft.group();
    long hash = groups.hash(group.subscriptions().after(before, after).topics());
    if (beginsEpoch || hash != group.metadataHash()) {
      draft.bumpEpoch(hash);
    }
    if (group.hasPartitionMetadata()) {
      draft.add(ConsumerGroupRecords.partitionMetadataTombstone(group.groupId()));
    }
    draft.afterAppend(
        () -> {
          ConsumerGroup live = groups.find(group.groupId());
          if (live != null) {
            live.soft().onTopicsChecked(context.nowMs());
          }
        });
  }
}
