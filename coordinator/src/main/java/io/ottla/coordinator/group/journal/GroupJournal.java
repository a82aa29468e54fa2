package io.ottla.coordinator.group.journal;

import io.ottla.runtime.Clock;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;

/**
 * The rebalances of one group. Changed by the thread of the group's shard; {@link #snapshot} is for
 * any thread.
 */
final class GroupJournal {

  /**
   * The group's rebalances at one moment.
   *
   * @param ended the newest last
   * @param underWay null if none is
   * @param underWayFromNs when that one began, of the monotonic clock
   */
  record Snapshot(List<RebalanceEntry> ended, RebalanceEntry underWay, long underWayFromNs) {}

  private final String groupId;
  private final Clock clock;
  private final Deque<RebalanceEntry> ended = new ArrayDeque<>();
  private List<RebalanceEntry> endedList = List.of();
  private long endedBytes;
  private OpenRebalance open;
  private OwnershipGaps carriedOver;
  private long bytes;
  private volatile Snapshot snapshot = new Snapshot(List.of(), null, 0);

  GroupJournal(String groupId, Clock clock) {
    this.groupId = groupId;
    this.clock = clock;
    this.bytes = size(0);
  }

  String groupId() {
    return groupId;
  }

  /** The clock of its shard. */
  Clock clock() {
    return clock;
  }

  Snapshot snapshot() {
    return snapshot;
  }

  /** The rebalance that is under way, or null. */
  OpenRebalance open() {
    return open;
  }

  /** What the last rebalance left without an owner for the next one to give out; or null. */
  OwnershipGaps takeCarriedOver() {
    OwnershipGaps gaps = carriedOver;
    carriedOver = null;
    return gaps;
  }

  void carryOver(OwnershipGaps gaps) {
    carriedOver = gaps;
  }

  /** Begins a rebalance, or shows how far the one that is under way is. */
  void show(OpenRebalance rebalance) {
    open = rebalance;
    publish();
  }

  /** The rebalance under way has ended as the entry says. */
  void end(RebalanceEntry entry, JournalLimits limits, long nowMs) {
    open = null;
    ended.addLast(entry);
    endedBytes += EntrySize.of(entry);
    while (ended.size() > limits.maxEntriesPerGroup()
        || endedBytes > limits.maxBytesPerGroup()
        || isOlder(ended.peekFirst(), nowMs - limits.retentionMs())) {
      endedBytes -= EntrySize.of(ended.removeFirst());
    }
    endedList = List.copyOf(ended);
    publish();
  }

  private static boolean isOlder(RebalanceEntry entry, long thanMs) {
    return entry != null && entry.startedAtMs() + entry.durationMs() < thanMs;
  }

  /** Whether nothing is under way, and all that was has been over for longer than that. */
  boolean hasAged(long sinceMs) {
    return open == null && (ended.isEmpty() || isOlder(ended.peekLast(), sinceMs));
  }

  /** Roughly, in memory. */
  long bytes() {
    return bytes;
  }

  private void publish() {
    RebalanceEntry underWay = open == null ? null : open.underWay();
    snapshot = new Snapshot(endedList, underWay, open == null ? 0 : open.startedNs());
    bytes = size(open == null ? 0 : open.bytes());
  }

  private long size(long underWayBytes) {
    return EntrySize.OF_GROUP + EntrySize.of(groupId) + endedBytes + underWayBytes;
  }
}
