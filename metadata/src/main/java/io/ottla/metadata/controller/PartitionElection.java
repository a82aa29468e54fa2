package io.ottla.metadata.controller;

import io.ottla.metadata.image.MetadataDelta.PartitionChange;
import io.ottla.metadata.image.MetadataDelta.PartitionsChanged;
import io.ottla.metadata.image.MetadataImage;
import io.ottla.metadata.image.NodeIds;
import io.ottla.metadata.image.PartitionImage;
import io.ottla.metadata.image.TopicImage;
import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;

/**
 * Who leads when brokers come and go. A leader is always taken from the in-sync replicas, in the
 * order of the replicas; the last in-sync replica stays in sync while it is away, because it alone
 * is known to have everything.
 */
final class PartitionElection {

  private PartitionElection() {}

  /** A broker leads no longer; where others are in sync, they go on without it. */
  static void brokerStopped(Changes changes, int brokerId) {
    MetadataImage image = changes.image();
    changeAll(changes, partition -> withoutBroker(image, partition, brokerId));
  }

  /** A broker may lead: it is elected wherever nobody leads and it is in sync. */
  static void brokerStarted(Changes changes, int brokerId) {
    changeAll(
        changes,
        partition ->
            !partition.hasLeader() && partition.isr().contains(brokerId)
                ? led(partition, brokerId, partition.isr())
                : partition);
  }

  private static PartitionImage withoutBroker(
      MetadataImage image, PartitionImage partition, int brokerId) {
    if (!partition.isr().contains(brokerId)) {
      return partition;
    }
    NodeIds others = partition.isr().without(brokerId);
    NodeIds isr = others.isEmpty() ? partition.isr() : others;
    if (partition.leader() == brokerId) {
      return led(partition, elected(image, partition.replicas(), others), isr);
    }
    return isr.equals(partition.isr())
        ? partition
        : changed(partition, isr, partition.leader(), partition.leaderEpoch());
  }

  private static PartitionImage led(PartitionImage partition, int leader, NodeIds isr) {
    return changed(partition, isr, leader, partition.leaderEpoch() + 1);
  }

  private static PartitionImage changed(
      PartitionImage partition, NodeIds isr, int leader, int leaderEpoch) {
    return new PartitionImage(
        partition.replicas(),
        isr,
        partition.elr(),
        partition.lastKnownElr(),
        partition.addingReplicas(),
        partition.removingReplicas(),
        leader,
        partition.recovery(),
        leaderEpoch,
        partition.partitionEpoch() + 1);
  }

  private static int elected(MetadataImage image, NodeIds replicas, NodeIds candidates) {
    for (int i = 0; i < replicas.size(); i++) {
      int id = replicas.at(i);
      if (candidates.contains(id) && image.isActive(id)) {
        return id;
      }
    }
    return PartitionImage.NO_LEADER;
  }

  private static void changeAll(Changes changes, UnaryOperator<PartitionImage> change) {
    for (TopicImage topic : changes.image().topics()) {
      List<PartitionChange> changed = new ArrayList<>();
      for (int i = 0; i < topic.partitionCount(); i++) {
        PartitionImage before = topic.partition(i);
        PartitionImage after = change.apply(before);
        if (!after.equals(before)) {
          changed.add(new PartitionChange(i, after));
        }
      }
      if (!changed.isEmpty()) {
        changes.add(new PartitionsChanged(topic.id(), changed));
      }
    }
  }
}
