package io.ottla.coordinator.group.journal;

import io.ottla.runtime.Clock;
import io.ottla.runtime.Shard;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;

/**
 * The journal of one broker: read from any thread, written by one {@link JournalWriter} for each
 * partition of {@code __consumer_offsets}. Writers and readers share no lock; a reader sees each
 * group as it was at one moment.
 *
 * <p>The limits are cut into equal shares of the writers, so that no shard has to ask another what
 * it may keep.
 */
public final class JournalStore implements RebalanceJournal {

  private final JournalLimits limits;
  private final JournalLimits share;
  private final Map<Integer, JournalWriter> writers = new ConcurrentHashMap<>();
  private final Map<String, GroupJournal> groups = new ConcurrentHashMap<>();

  /**
   * @param writers how many partitions share the limits
   */
  public JournalStore(JournalLimits limits, int writers) {
    this.limits = limits;
    this.share = limits.share(writers);
  }

  /**
   * The writer for the groups of one partition, to be used by its shard. From any thread.
   *
   * @param shard always the same for the partition
   */
  public RebalanceObserver writer(int partition, Shard shard) {
    return writers.computeIfAbsent(partition, n -> new JournalWriter(shard.clock(), share, groups));
  }

  @Override
  public List<RebalanceEntry> entries(String groupId) {
    GroupJournal group = groups.get(groupId);
    return group == null ? List.of() : entries(group);
  }

  private List<RebalanceEntry> entries(GroupJournal group) {
    GroupJournal.Snapshot snapshot = group.snapshot();
    Clock clock = group.clock();
    long keptFromMs = clock.wallMs() - limits.retentionMs();
    List<RebalanceEntry> entries = new ArrayList<>(snapshot.ended().size() + 1);
    for (RebalanceEntry entry : snapshot.ended()) {
      if (entry.startedAtMs() + entry.durationMs() >= keptFromMs) {
        entries.add(entry);
      }
    }
    if (snapshot.underWay() != null) {
      long tookNs = clock.nowNs() - snapshot.underWayFromNs();
      entries.add(snapshot.underWay().lasting(Math.max(0, TimeUnit.NANOSECONDS.toMillis(tookNs))));
    }
    return List.copyOf(entries);
  }

  @Override
  public Set<String> groupIds() {
    Set<String> ids = new TreeSet<>();
    groups.forEach(
        (groupId, group) -> {
          if (!entries(group).isEmpty()) {
            ids.add(groupId);
          }
        });
    return ids;
  }

  /** How many groups take memory. */
  int groupCount() {
    return groups.size();
  }

  /** How much memory that is, roughly; while nobody writes. */
  long bytes() {
    return groups.values().stream().mapToLong(GroupJournal::bytes).sum();
  }
}
