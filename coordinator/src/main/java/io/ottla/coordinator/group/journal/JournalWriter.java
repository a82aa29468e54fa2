package io.ottla.coordinator.group.journal;

import io.ottla.runtime.Shard;
import io.ottla.wire.TopicPartition;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/**
 * Writes the journal of the groups of one partition: keeps what is under way, and drops what is too
 * old or too much. It outlives the times this broker coordinates the partition. Owned by the
 * shard's thread.
 */
final class JournalWriter implements RebalanceObserver {

  /** How often a retention's time is divided to look for groups that have aged. */
  private static final int LOOKS_PER_RETENTION = 8;

  private static final long MIN_LOOK_INTERVAL_MS = 1_000;
  private static final long MAX_LOOK_INTERVAL_MS = 3_600_000;

  private final Shard shard;
  private final JournalLimits limits;

  /** For the readers; other writers have theirs in it too. */
  private final Map<String, GroupJournal> readable;

  /** The group that was written to longest ago comes first. */
  private final LinkedHashMap<String, GroupJournal> groups = new LinkedHashMap<>(16, 0.75f, true);

  private long bytes;
  private boolean looksForAged;

  JournalWriter(Shard shard, JournalLimits limits, Map<String, GroupJournal> readable) {
    this.shard = shard;
    this.limits = limits;
    this.readable = readable;
  }

  @Override
  public void because(JournaledGroup group, RebalanceCause cause) {
    GroupJournal journal = groups.get(group.groupId());
    if (journal == null) {
      journal = new GroupJournal(group.groupId());
      groups.put(group.groupId(), journal);
      bytes += journal.bytes();
    }
    OpenRebalance open = journal.open();
    OwnershipGaps gaps = null;
    if (open != null && open.isAssigning()) {
      end(journal, open.ended(group, RebalanceEnd.SUPERSEDED, shard.clock().nowNs()));
      gaps = open.gaps().next();
      open = null;
    }
    if (open == null) {
      open = begin(group, gaps == null ? journal.takeCarriedOver() : gaps);
    }
    open.because(cause);
    show(journal, open);
    readable.put(group.groupId(), journal);
    keepToLimits();
    lookForAged();
  }

  private OpenRebalance begin(JournaledGroup group, OwnershipGaps gaps) {
    return new OpenRebalance(
        group,
        shard.clock().wallMs(),
        shard.clock().nowNs(),
        gaps == null ? new OwnershipGaps(OpenRebalance.MAX_PARTITIONS) : gaps);
  }

  @Override
  public void assigning(JournaledGroup group) {
    change(group.groupId(), open -> open.assigning(group.generation()));
  }

  @Override
  public void released(String groupId, Collection<TopicPartition> partitions) {
    change(groupId, open -> open.gaps().released(partitions, shard.clock().nowNs()));
  }

  @Override
  public void taken(String groupId, Collection<TopicPartition> partitions) {
    change(groupId, open -> open.gaps().taken(partitions, open.startedNs(), shard.clock().nowNs()));
  }

  @Override
  public void ownershipUnknown(String groupId) {
    change(groupId, OpenRebalance::ownershipUnknown);
  }

  private void change(String groupId, Consumer<OpenRebalance> change) {
    GroupJournal journal = groups.get(groupId);
    if (journal != null && journal.open() != null) {
      change.accept(journal.open());
      show(journal, journal.open());
    }
  }

  @Override
  public void settled(JournaledGroup group, Collection<TopicPartition> leftForNext) {
    GroupJournal journal = groups.get(group.groupId());
    if (journal != null && journal.open() != null) {
      long nowNs = shard.clock().nowNs();
      end(journal, journal.open().ended(group, RebalanceEnd.SETTLED, nowNs));
      if (!leftForNext.isEmpty()) {
        OwnershipGaps gaps = new OwnershipGaps(OpenRebalance.MAX_PARTITIONS);
        gaps.released(leftForNext, nowNs);
        journal.carryOver(gaps);
      }
      keepToLimits();
    }
  }

  @Override
  public void emptied(JournaledGroup group) {
    GroupJournal journal = groups.get(group.groupId());
    if (journal != null && journal.open() != null) {
      end(journal, journal.open().ended(group, RebalanceEnd.GROUP_EMPTY, shard.clock().nowNs()));
      keepToLimits();
    }
  }

  @Override
  public void unloaded() {
    List<GroupJournal> underWay = new ArrayList<>();
    for (GroupJournal journal : groups.values()) {
      journal.takeCarriedOver();
      if (journal.open() != null) {
        underWay.add(journal);
      }
    }
    for (GroupJournal journal : underWay) {
      long nowNs = shard.clock().nowNs();
      end(journal, journal.open().broken(RebalanceEnd.COORDINATOR_MOVED, nowNs));
    }
    keepToLimits();
  }

  private void show(GroupJournal journal, OpenRebalance open) {
    bytes -= journal.bytes();
    journal.show(open);
    bytes += journal.bytes();
  }

  private void end(GroupJournal journal, RebalanceEntry entry) {
    bytes -= journal.bytes();
    journal.end(entry, limits, shard.clock().wallMs());
    bytes += journal.bytes();
    RebalanceLog.write(entry);
  }

  private void keepToLimits() {
    Iterator<GroupJournal> oldest = groups.values().iterator();
    while (oldest.hasNext() && (groups.size() > limits.maxGroups() || bytes > limits.maxBytes())) {
      drop(oldest);
    }
  }

  private void drop(Iterator<GroupJournal> groupsInOrder) {
    GroupJournal journal = groupsInOrder.next();
    groupsInOrder.remove();
    bytes -= journal.bytes();
    readable.remove(journal.groupId());
  }

  /**
   * Groups that never rebalance again must not be kept for ever: one timer, while there are any.
   */
  private void lookForAged() {
    if (looksForAged || groups.isEmpty()) {
      return;
    }
    looksForAged = true;
    long intervalMs =
        Math.clamp(
            limits.retentionMs() / LOOKS_PER_RETENTION, MIN_LOOK_INTERVAL_MS, MAX_LOOK_INTERVAL_MS);
    var _ =
        shard.schedule(
            intervalMs,
            () -> {
              looksForAged = false;
              dropAged();
              lookForAged();
            });
  }

  private void dropAged() {
    long sinceMs = shard.clock().wallMs() - limits.retentionMs();
    for (Iterator<GroupJournal> each = groups.values().iterator(); each.hasNext(); ) {
      // By last write: what comes later is younger, or under way. A clock may have jumped, though.
      GroupJournal journal = each.next();
      if (journal.hasAged(sinceMs)) {
        each.remove();
        bytes -= journal.bytes();
        readable.remove(journal.groupId());
      }
    }
  }
}
