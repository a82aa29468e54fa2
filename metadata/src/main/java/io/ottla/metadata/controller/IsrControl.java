package io.ottla.metadata.controller;

import io.ottla.metadata.controller.Command.AlterPartition;
import io.ottla.metadata.controller.Command.NewIsr;
import io.ottla.metadata.image.BrokerImage;
import io.ottla.metadata.image.LeaderRecoveryState;
import io.ottla.metadata.image.MetadataImage;
import io.ottla.metadata.image.PartitionImage;
import io.ottla.metadata.image.TopicImage;
import io.ottla.wire.ErrorCode;
import java.util.ArrayList;
import java.util.List;

/** Applies what leaders ask of their in-sync replicas. Pure. */
final class IsrControl {

  private IsrControl() {}

  static CommandResult alterPartition(Changes changes, AlterPartition command) {
    CommandResult.Refused stale =
        BrokerControl.epochFlaw(changes.image(), command.brokerId(), command.brokerEpoch());
    if (stale != null) {
      return stale;
    }
    List<IsrResult> results = new ArrayList<>(command.changes().size());
    PartitionSweep sweep = new PartitionSweep(changes);
    for (NewIsr change : command.changes()) {
      results.add(alter(changes, sweep, command.brokerId(), change));
    }
    return new CommandResult.Isrs(results);
  }

  private static IsrResult alter(Changes changes, PartitionSweep sweep, int leader, NewIsr change) {
    TopicImage topic = sweep.image().topic(change.topicId());
    if (topic == null) {
      return IsrResult.refused(ErrorCode.UNKNOWN_TOPIC_ID);
    }
    PartitionImage before = changes.partition(topic.id(), change.partition());
    ErrorCode flaw =
        before == null
            ? ErrorCode.UNKNOWN_TOPIC_OR_PARTITION
            : flaw(sweep.image(), leader, before, change);
    if (flaw != ErrorCode.NONE) {
      return IsrResult.refused(flaw);
    }
    PartitionImage after =
        sweep
            .transition(topic.name(), before)
            .isr(change.isr())
            .recovery(change.recovery())
            .result();
    if (after != before) {
      changes.put(topic.id(), change.partition(), after);
    }
    // A completed reassignment may take the partition from the leader that asked. It was done, yet
    // that leader has to hear of it by the metadata before it does anything else.
    return after.leader() == leader
        ? IsrResult.done(after)
        : IsrResult.refused(ErrorCode.NEW_LEADER_ELECTED);
  }

  private static ErrorCode flaw(
      MetadataImage image, int leader, PartitionImage partition, NewIsr change) {
    // The leader knows more than this controller: somebody else is the controller now.
    if (change.leaderEpoch() > partition.leaderEpoch()
        || change.partitionEpoch() > partition.partitionEpoch()) {
      return ErrorCode.NOT_CONTROLLER;
    }
    if (change.leaderEpoch() < partition.leaderEpoch()) {
      return ErrorCode.FENCED_LEADER_EPOCH;
    }
    if (leader != partition.leader()) {
      return ErrorCode.INVALID_REQUEST;
    }
    if (change.partitionEpoch() < partition.partitionEpoch()) {
      return ErrorCode.INVALID_UPDATE_VERSION;
    }
    boolean recovering = change.recovery() == LeaderRecoveryState.RECOVERING;
    if (!change.isr().isDistinct()
        || !partition.replicas().containsAll(change.isr())
        || !change.isr().contains(leader)
        || (recovering && change.isr().size() > 1)
        || (recovering && partition.recovery() == LeaderRecoveryState.RECOVERED)) {
      return ErrorCode.INVALID_REQUEST;
    }
    for (int i = 0; i < change.isr().size(); i++) {
      int id = change.isr().at(i);
      if (partition.lost().contains(id)
          || !isEligible(image.broker(id), change.isrEpochs().get(i))) {
        return ErrorCode.INELIGIBLE_REPLICA;
      }
    }
    return ErrorCode.NONE;
  }

  /** Epoch -1 asks for no check of the epoch. */
  private static boolean isEligible(BrokerImage broker, long epoch) {
    return broker != null && broker.isActive() && (epoch == -1 || epoch == broker.epoch());
  }
}
