package io.ottla.coordinator.group.journal;

import io.ottla.runtime.Clock;
import io.ottla.wire.TopicPartition;
import java.util.ArrayList;
import java.util.Collection;
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

  private final Clock clock;
  private final JournalLimits limits;

  /** For the readers; other writers have theirs in it too. */
  private final Map<String, GroupJournal> readable;

  /** The group that was written to longest ago comes first. */
  private final LinkedHashMap<String, GroupJournal> groups = new LinkedHashMap<>(16, 0.75f, true);

  private long bytes;

  JournalWriter(Clock clock, JournalLimits limits, Map<String, GroupJournal> readable) {
    this.clock = clock;
    this.limits = limits;
    this.readable = readable;
  }

  @Override
  public void because(JournaledGroup group, RebalanceCause cause) {
    GroupJournal journal = groups.get(group.groupId());
    if (journal == null) {
      journal = new GroupJournal(group.groupId(), clock);
      groups.put(group.groupId(), journal);
      bytes += journal.bytes();
    }
    OpenRebalance open = journal.open();
    OwnershipGaps gaps = null;
    if (open != null && open.isAssigning()) {
      end(journal, open.ended(group, RebalanceEnd.SUPERSEDED, clock.nowNs()));
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
  }

  private OpenRebalance begin(JournaledGroup group, OwnershipGaps gaps) {
    return new OpenRebalance(
        group,
        clock.wallMs(),
        clock.nowNs(),
        gaps == null ? new OwnershipGaps(OpenRebalance.MAX_PARTITIONS) : gaps);
  }

  @Override
  public void assigning(JournaledGroup group) {
    change(group.groupId(), open -> open.assigning(group.generation()));
  }

  @Override
  public void released(String groupId, Collection<TopicPartition> partitions) {
    change(groupId, open -> open.gaps().released(partitions, clock.nowNs()));
  }

  @Override
  public void taken(String groupId, Collection<TopicPartition> partitions) {
    change(groupId, open -> open.gaps().taken(partitions, open.startedNs(), clock.nowNs()));
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
      long nowNs = clock.nowNs();
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
      end(journal, journal.open().ended(group, RebalanceEnd.GROUP_EMPTY, clock.nowNs()));
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
      long nowNs = clock.nowNs();
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
    journal.end(entry, limits, clock.wallMs());
    bytes += journal.bytes();
    RebalanceLog.write(entry);
  }

  /** Drops what is too much, and groups that have not rebalanced for too long. */
  private void keepToLimits() {
    long keptFromMs = clock.wallMs() - limits.retentionMs();
    while (!groups.isEmpty()) {
      GroupJournal oldest = groups.firstEntry().getValue();
      if (groups.size() <= limits.maxGroups()
          && bytes <= limits.maxBytes()
          && !oldest.hasAged(keptFromMs)) {
        return;
      }
      groups.remove(oldest.groupId());
      bytes -= oldest.bytes();
      readable.remove(oldest.groupId());
    }
  }
}
