package io.ottla.metadata.controller;

import io.ottla.metadata.controller.Command.ReplicaReport;
import io.ottla.metadata.controller.Command.ReportReplicas;
import io.ottla.metadata.image.PartitionImage;
import io.ottla.metadata.image.TopicImage;
import io.ottla.wire.ErrorCode;
import java.util.ArrayList;
import java.util.List;

/**
 * Applies what brokers say of the log directories their replicas lie in (KIP-858). Of a directory
 * only that it does not serve is kept, with the partition: where on its broker a healthy replica
 * lies is nobody else's business. Pure.
 */
final class DirectoryControl {

  private DirectoryControl() {}

  static CommandResult reportReplicas(Changes changes, ReportReplicas command) {
    CommandResult.Refused stale =
        BrokerControl.epochFlaw(changes.image(), command.brokerId(), command.brokerEpoch());
    if (stale != null) {
      return stale;
    }
    List<ItemResult> results = new ArrayList<>(command.replicas().size());
    PartitionSweep sweep = new PartitionSweep(changes);
    for (ReplicaReport report : command.replicas()) {
      results.add(report(changes, sweep, command.brokerId(), report));
    }
    return new CommandResult.Items(results);
  }

  private static ItemResult report(
      Changes changes, PartitionSweep sweep, int brokerId, ReplicaReport report) {
    TopicImage topic = sweep.image().topic(report.topicId());
    if (topic == null) {
      return refused(ErrorCode.UNKNOWN_TOPIC_ID);
    }
    PartitionImage before = changes.partition(topic.id(), report.partition());
    if (before == null) {
      return refused(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION);
    }
    if (!before.replicas().contains(brokerId)) {
      return refused(ErrorCode.NOT_LEADER_OR_FOLLOWER);
    }
    if (before.lost().contains(brokerId) != report.lost()) {
      PartitionTransition step = sweep.transition(topic.name(), before);
      PartitionImage after =
          (report.lost() ? step.lost(brokerId) : step.serving(brokerId)).result();
      changes.put(topic.id(), report.partition(), after);
    }
    return ItemResult.DONE;
  }

  private static ItemResult refused(ErrorCode error) {
    return ItemResult.refused(error, error.message());
  }
}
