package io.ottla.coordinator.group.journal;

/**
 * How much a journal keeps. What is too much goes, the oldest first.
 *
 * @param retentionMs {@code group.journal.retention.ms}: how long after its end a rebalance is kept
 * @param maxGroups of the whole broker
 * @param maxEntriesPerGroup of one group
 * @param maxBytesPerGroup of one group, roughly, in memory
 * @param maxBytes of the whole broker, roughly, in memory
 */
public record JournalLimits(
    long retentionMs, int maxGroups, int maxEntriesPerGroup, int maxBytesPerGroup, long maxBytes) {

  /** How long rebalances are kept if nothing else is said: a day. */
  public static final long DEFAULT_RETENTION_MS = 24 * 3_600_000L;

  /** Limits that suit any broker. */
  public static JournalLimits keptFor(long retentionMs) {
    return new JournalLimits(retentionMs, 10_000, 100, 256 * 1024, 64L * 1024 * 1024);
  }

  /** An equal share for one of so many writers. */
  JournalLimits share(int writers) {
    return new JournalLimits(
        retentionMs,
        Math.max(1, maxGroups / writers),
        maxEntriesPerGroup,
        maxBytesPerGroup,
        maxBytes / writers);
  }
}
