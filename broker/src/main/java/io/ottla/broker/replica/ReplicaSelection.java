package io.ottla.broker.replica;

import io.ottla.log.LogView;
import io.ottla.metadata.image.BrokerImage;
import io.ottla.metadata.image.MetadataImage;
import io.ottla.replication.Partition;
import io.ottla.replication.PartitionRole;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;

/** Which replica a consumer should read from (KIP-392, {@code replica.selector.class}). */
@FunctionalInterface
public interface ReplicaSelection {

  /** Every consumer reads from the leader: the default. */
  ReplicaSelection LEADER =
      (partition, role, fetchOffset, rack, listener, image) -> OptionalInt.empty();

  /**
   * A consumer reads from a replica in its own rack, if there is one in sync. Consumers of
   * different partitions are spread over those there are.
   */
  ReplicaSelection SAME_RACK = ReplicaSelection::inRack;

  /**
   * Chooses, on the leader.
   *
   * @param role what the leader knows of the replicas
   * @param rack the consumer's, or empty
   * @param listener by which the consumer reaches brokers
   * @return the broker to read from; empty for the leader
   */
  OptionalInt select(
      Partition partition,
      PartitionRole role,
      long fetchOffset,
      String rack,
      String listener,
      MetadataImage image);

  private static OptionalInt inRack(
      Partition partition,
      PartitionRole role,
      long fetchOffset,
      String rack,
      String listener,
      MetadataImage image) {
    LogView view = partition.view();
    // All in-sync replicas have what is below the high watermark; of what is not there the leader
    // tells.
    if (rack.isEmpty()
        || fetchOffset < view.logStartOffset()
        || fetchOffset > view.highWatermark()) {
      return OptionalInt.empty();
    }
    BrokerImage leader = image.broker(role.leaderId());
    if (leader != null && rack.equals(leader.rack())) {
      return OptionalInt.empty();
    }
    List<Integer> near = new ArrayList<>();
    for (int id : role.isr().asList()) {
      BrokerImage broker = image.broker(id);
      if (id != role.leaderId()
          && broker != null
          && !broker.fenced()
          && rack.equals(broker.rack())
          && broker.endpoint(listener) != null) {
        near.add(id);
      }
    }
    return near.isEmpty()
        ? OptionalInt.empty()
        : OptionalInt.of(near.get(partition.topicPartition().partition() % near.size()));
  }
}
