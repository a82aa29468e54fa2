package io.ottla.broker.lag;

/**
 * How far a group is behind in one partition. Immutable.
 *
 * @param committed the next offset the group will read
 * @param endOffset where the partition ends for a consumer that reads all (its high watermark), or
 *     {@link #UNKNOWN}
 * @param stableEndOffset where it ends for one that reads what is committed (its last stable
 *     offset), or {@link #UNKNOWN}; the broker cannot know which of the two a group's consumers are
 * @param lag records up to the end, or {@link #UNKNOWN}; 0 if more is committed than there is
 * @param stableLag records up to the stable end, or {@link #UNKNOWN}
 * @param ageMs how old the ends are; 0 if they are current, {@link #UNKNOWN} if there are none
 */
public record PartitionLag(
    String topic,
    int partition,
    LagState state,
    long committed,
    long endOffset,
    long stableEndOffset,
    long lag,
    long stableLag,
    long ageMs) {

  /** What is not known. */
  public static final long UNKNOWN = -1;

  static PartitionLag known(
      String topic, int partition, long committed, PartitionEnd end, long ageMs) {
    return new PartitionLag(
        topic,
        partition,
        LagState.KNOWN,
        committed,
        end.endOffset(),
        end.stableEndOffset(),
        Math.max(0, end.endOffset() - committed),
        Math.max(0, end.stableEndOffset() - committed),
        ageMs);
  }

  static PartitionLag unknown(String topic, int partition, LagState state, long committed) {
    return new PartitionLag(
        topic, partition, state, committed, UNKNOWN, UNKNOWN, UNKNOWN, UNKNOWN, UNKNOWN);
  }
}
