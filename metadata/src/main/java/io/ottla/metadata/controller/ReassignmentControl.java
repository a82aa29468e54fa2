package io.ottla.metadata.controller;

import io.ottla.metadata.controller.Command.AlterReassignments;
import io.ottla.metadata.controller.Command.Reassignment;
import io.ottla.metadata.controller.PartitionTransition.Election;
import io.ottla.metadata.image.MetadataImage;
import io.ottla.metadata.image.NodeIds;
import io.ottla.metadata.image.PartitionImage;
import io.ottla.metadata.image.TopicImage;
import io.ottla.wire.ErrorCode;
import java.util.ArrayList;
import java.util.List;

/**
 * Applies moves of partitions to other brokers, and their cancellation (KIP-455). A move first
 * makes the new replicas replicas, beside all old ones; it completes by the leader's own changes of
 * the in-sync replicas, or at once when nothing has to be copied. Pure.
 */
final class ReassignmentControl {

  private ReassignmentControl() {}

  static CommandResult alterReassignments(Changes changes, AlterReassignments command) {
    PartitionSweep sweep = new PartitionSweep(changes);
    List<ItemResult> results = new ArrayList<>(command.partitions().size());
    for (Reassignment item : command.partitions()) {
      results.add(alter(changes, sweep, item, command.allowReplicationFactorChange()));
    }
    return new CommandResult.Items(results);
  }

  private static ItemResult alter(
      Changes changes, PartitionSweep sweep, Reassignment item, boolean otherFactor) {
    TopicImage topic = sweep.image().topic(item.topicId());
    PartitionImage before =
        topic == null ? null : changes.partition(item.topicId(), item.partition());
    if (before == null) {
      return ItemResult.refused(
          ErrorCode.UNKNOWN_TOPIC_OR_PARTITION,
          "Unable to find partition "
              + (topic == null ? item.topicId() : topic.name())
              + ":"
              + item.partition()
              + ".");
    }
    ItemResult flaw =
        item.isCancellation()
            ? cancellationFlaw(sweep, topic, before, item.partition())
            : assignmentFlaw(sweep.image(), before, item.replicas(), otherFactor);
    if (flaw != null) {
      return flaw;
    }
    PartitionTransition transition = sweep.transition(topic.name(), before);
    PartitionImage after =
        item.isCancellation()
            ? cancelled(transition, before)
            : begun(transition, before, item.replicas());
    if (after != before) {
      changes.put(topic.id(), item.partition(), after);
    }
    return ItemResult.DONE;
  }

  private static PartitionImage begun(
      PartitionTransition transition, PartitionImage before, NodeIds target) {
    NodeIds removing = before.replicas().withoutAll(target);
    NodeIds adding = target.withoutAll(before.replicas());
    NodeIds stillAdding = before.addingReplicas().within(target);
    return transition
        .election(Election.CLEAN)
        .assignment(target.withAll(removing), stillAdding.withAll(adding), removing)
        .result();
  }

  private static PartitionImage cancelled(PartitionTransition transition, PartitionImage before) {
    NodeIds original = before.replicas().withoutAll(before.addingReplicas());
    return transition
        .isr(before.isr().withoutAll(before.addingReplicas()))
        .assignment(original, NodeIds.EMPTY, NodeIds.EMPTY)
        .result();
  }

  private static ItemResult cancellationFlaw(
      PartitionSweep sweep, TopicImage topic, PartitionImage partition, int number) {
    if (!partition.isReassigning()) {
      return ItemResult.refused(
          ErrorCode.NO_REASSIGNMENT_IN_PROGRESS, ErrorCode.NO_REASSIGNMENT_IN_PROGRESS.message());
    }
    if (partition.replicas().withoutAll(partition.addingReplicas()).isEmpty()) {
      return invalid("Invalid replica assignment: addingReplicas contains all replicas.");
    }
    NodeIds complete = partition.isr().withAll(partition.elr());
    boolean losesAll =
        !complete.isEmpty() && complete.withoutAll(partition.addingReplicas()).isEmpty();
    if (losesAll && !sweep.rules().uncleanElection(topic.name())) {
      return invalid(
          "Unable to revert partition assignment for "
              + topic.name()
              + ":"
              + number
              + " because it would require an unclean leader election.");
    }
    return null;
  }

  private static ItemResult assignmentFlaw(
      MetadataImage image, PartitionImage partition, NodeIds target, boolean otherFactor) {
    if (target.isEmpty()) {
      return invalid("The manual partition assignment includes an empty replica list.");
    }
    for (int i = 0; i < target.size(); i++) {
      if (image.broker(target.at(i)) == null) {
        return invalid(
            "The manual partition assignment includes broker "
                + target.at(i)
                + ", but no such broker is registered.");
      }
    }
    if (!target.isDistinct()) {
      return invalid("The manual partition assignment includes a broker more than once.");
    }
    int factor = partition.replicas().withoutAll(partition.removingReplicas()).size();
    if (!otherFactor && factor != target.size()) {
      return ItemResult.refused(
          ErrorCode.INVALID_REPLICATION_FACTOR,
          "The replication factor is changed from " + factor + " to " + target.size());
    }
    return null;
  }

  private static ItemResult invalid(String why) {
    return ItemResult.refused(ErrorCode.INVALID_REPLICA_ASSIGNMENT, why);
  }
}
