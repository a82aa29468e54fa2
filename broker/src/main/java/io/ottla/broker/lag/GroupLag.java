package io.ottla.broker.lag;

import java.util.List;

/**
 * How far a group is behind. Immutable. The sums are of the partitions of which the lag is known.
 *
 * @param partitions by topic and number
 * @param totalLag records the group has not read
 * @param maxLag of the partition it is furthest behind in
 * @param totalStableLag as {@code totalLag}, for consumers that read what is committed
 * @param maxStableLag as {@code maxLag}, for such consumers
 * @param unknownPartitions how many partitions of existing topics are not in the sums
 */
public record GroupLag(
    String groupId,
    List<PartitionLag> partitions,
    long totalLag,
    long maxLag,
    long totalStableLag,
    long maxStableLag,
    int unknownPartitions) {

  static GroupLag of(String groupId, List<PartitionLag> partitions) {
    long totalLag = 0;
    long maxLag = 0;
    long totalStableLag = 0;
    long maxStableLag = 0;
    int unknown = 0;
    for (PartitionLag partition : partitions) {
      switch (partition.state()) {
        case KNOWN -> {
          totalLag += partition.lag();
          maxLag = Math.max(maxLag, partition.lag());
          totalStableLag += partition.stableLag();
          maxStableLag = Math.max(maxStableLag, partition.stableLag());
        }
        case END_UNKNOWN -> unknown++;
        case TOPIC_GONE -> {}
      }
    }
    return new GroupLag(
        groupId, List.copyOf(partitions), totalLag, maxLag, totalStableLag, maxStableLag, unknown);
  }
}
