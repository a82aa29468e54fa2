package io.ottla.coordinator.group.journal;

/**
 * The partitions that nobody owned for some time of a rebalance.
 *
 * @param known false if the members' assignments cannot be understood: those of Kafka Connect, of a
 *     protocol of the client's own, or ones that are too large to look at
 * @param partitions the longest unowned first; while the rebalance is under way only their number
 * @param longestMs how long the first of them was unowned
 */
public record UnownedPartitions(
    boolean known, CutList<UnownedPartition> partitions, long longestMs) {

  static final UnownedPartitions UNKNOWN = new UnownedPartitions(false, CutList.none(), 0);
  static final UnownedPartitions NONE = new UnownedPartitions(true, CutList.none(), 0);
}
