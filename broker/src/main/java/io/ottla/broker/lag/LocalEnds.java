package io.ottla.broker.lag;

import io.ottla.log.LogView;
import io.ottla.replication.Partition;
import io.ottla.replication.PartitionRole;
import io.ottla.replication.Partitions;
import io.ottla.runtime.Clock;
import io.ottla.wire.Uuid;

/**
 * Where the partitions end that this broker leads: as their shards have published it. Any thread.
 */
public final class LocalEnds {

  private final Partitions partitions;
  private final Clock clock;

  public LocalEnds(Partitions partitions, Clock clock) {
    this.partitions = partitions;
    this.clock = clock;
  }

  /**
   * The end, or null if this broker does not lead the partition, or has just begun to and does not
   * know yet what is committed.
   */
  PartitionEnd find(Uuid topicId, int number) {
    Partition partition = partitions.get(topicId, number);
    if (partition == null) {
      return null;
    }
    PartitionRole role = partition.role();
    LogView view = partition.view();
    if (!role.isLeader() || view == null || view.highWatermark() < role.epochStartOffset()) {
      return null;
    }
    return new PartitionEnd(topicId, view.highWatermark(), view.lastStableOffset(), clock.nowNs());
  }
}
