package io.ottla.coordinator.group;

import io.ottla.coordinator.group.consumer.ConsumerGroupSettings;
import io.ottla.coordinator.group.consumer.ConsumerGroupSettingsSource;
import io.ottla.coordinator.group.journal.JournalLimits;

/**
 * What the group coordinator can be told, with Kafka's names and defaults. Immutable.
 *
 * @param minSessionTimeoutMs {@code group.min.session.timeout.ms}
 * @param maxSessionTimeoutMs {@code group.max.session.timeout.ms}
 * @param initialRebalanceDelayMs {@code group.initial.rebalance.delay.ms}: how long an empty group
 *     waits for more members; as long again if any came meanwhile
 * @param isInitialRebalanceDelayExplicit whether an operator has set it; if not, an empty group
 *     waits only until nobody has joined for {@link #QUIET_MS}
 * @param maxGroupSize {@code group.max.size}
 * @param maxPendingMembers how many members of one group may have been given an id without having
 *     joined; ids expire with the session timeout (no Kafka key; Kafka has no bound)
 * @param newMemberJoinTimeoutMs how long a member that has no session yet may wait to be joined
 *     (fixed in Kafka)
 * @param offsetMetadataMaxLength {@code offset.metadata.max.bytes}, in characters as in Kafka
 * @param offsetsRetentionMs {@code offsets.retention.minutes}, in milliseconds
 * @param offsetsRetentionCheckIntervalMs {@code offsets.retention.check.interval.ms}
 * @param offsetsLoadChunkBytes {@code offsets.load.buffer.size}
 * @param writeTimeoutMs {@code offsets.commit.timeout.ms}: how long a response waits for its
 *     records to be replicated
 * @param journalRetentionMs {@code group.journal.retention.ms}: how long the rebalance journal is
 *     kept (no Kafka key)
 * @param maxHeldReplies how many responses of one partition may wait to be replicated (no Kafka
 *     key)
 * @param consumerGroups how groups of the consumer protocol behave: {@code group.consumer.*} and
 *     the groups' own settings
 */
public record GroupCoordinatorConfig(
    int minSessionTimeoutMs,
    int maxSessionTimeoutMs,
    int initialRebalanceDelayMs,
    boolean isInitialRebalanceDelayExplicit,
    int maxGroupSize,
    int maxPendingMembers,
    int newMemberJoinTimeoutMs,
    int offsetMetadataMaxLength,
    long offsetsRetentionMs,
    long offsetsRetentionCheckIntervalMs,
    int offsetsLoadChunkBytes,
    int writeTimeoutMs,
    long journalRetentionMs,
    int maxHeldReplies,
    ConsumerGroupSettingsSource consumerGroups) {

  /** Members that start together join within less than that. */
  static final int QUIET_MS = 500;

  public static GroupCoordinatorConfig defaults() {
    return builder().build();
  }

  /** A builder that starts with the defaults. */
  public static Builder builder() {
    return new Builder();
  }

  /** Collects what differs from the defaults. One thread. */
  public static final class Builder {

    private static final long MINUTE_MS = 60_000;

    private int minSessionTimeoutMs = 6_000;
    private int maxSessionTimeoutMs = 1_800_000;
    private int initialRebalanceDelayMs = 3_000;
    private boolean isInitialRebalanceDelayExplicit;
    private int maxGroupSize = Integer.MAX_VALUE;
    private int maxPendingMembers = 10_000;
    private int newMemberJoinTimeoutMs = 300_000;
    private int offsetMetadataMaxLength = 4_096;
    private long offsetsRetentionMs = 7 * 24 * 60 * MINUTE_MS;
    private long offsetsRetentionCheckIntervalMs = 10 * MINUTE_MS;
    private int offsetsLoadChunkBytes = 5 * 1024 * 1024;
    private int writeTimeoutMs = 5_000;
    private long journalRetentionMs = JournalLimits.DEFAULT_RETENTION_MS;
    private int maxHeldReplies = 100_000;
    private ConsumerGroupSettingsSource consumerGroups = groupId -> ConsumerGroupSettings.DEFAULTS;

    private Builder() {}

    public Builder sessionTimeoutsMs(int min, int max) {
      minSessionTimeoutMs = min;
      maxSessionTimeoutMs = max;
      return this;
    }

    /** What an operator has set. */
    public Builder initialRebalanceDelayMs(int value) {
      initialRebalanceDelayMs = value;
      isInitialRebalanceDelayExplicit = true;
      return this;
    }

    public Builder maxGroupSize(int value) {
      maxGroupSize = value;
      return this;
    }

    public Builder maxPendingMembers(int value) {
      maxPendingMembers = value;
      return this;
    }

    public Builder newMemberJoinTimeoutMs(int value) {
      newMemberJoinTimeoutMs = value;
      return this;
    }

    public Builder offsetMetadataMaxLength(int value) {
      offsetMetadataMaxLength = value;
      return this;
    }

    public Builder offsetsRetentionMinutes(long value) {
      offsetsRetentionMs = value * MINUTE_MS;
      return this;
    }

    public Builder offsetsRetentionCheckIntervalMs(long value) {
      offsetsRetentionCheckIntervalMs = value;
      return this;
    }

    public Builder offsetsLoadChunkBytes(int value) {
      offsetsLoadChunkBytes = value;
      return this;
    }

    public Builder writeTimeoutMs(int value) {
      writeTimeoutMs = value;
      return this;
    }

    public Builder journalRetentionMs(long value) {
      journalRetentionMs = value;
      return this;
    }

    public Builder maxHeldReplies(int value) {
      maxHeldReplies = value;
      return this;
    }

    public Builder consumerGroups(ConsumerGroupSettingsSource value) {
      consumerGroups = value;
      return this;
    }

    public GroupCoordinatorConfig build() {
      return new GroupCoordinatorConfig(
          minSessionTimeoutMs,
          maxSessionTimeoutMs,
          initialRebalanceDelayMs,
          isInitialRebalanceDelayExplicit,
          maxGroupSize,
          maxPendingMembers,
          newMemberJoinTimeoutMs,
          offsetMetadataMaxLength,
          offsetsRetentionMs,
          offsetsRetentionCheckIntervalMs,
          offsetsLoadChunkBytes,
          writeTimeoutMs,
          journalRetentionMs,
          maxHeldReplies,
          consumerGroups);
    }
  }
}
