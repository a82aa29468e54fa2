package io.ottla.metadata.controller;

import io.ottla.metadata.controller.Command.ElectLeaders;
import io.ottla.metadata.controller.Command.PartitionId;
import io.ottla.metadata.controller.PartitionTransition.Election;
import io.ottla.metadata.image.PartitionImage;
import io.ottla.metadata.image.TopicImage;
import io.ottla.wire.ErrorCode;
import java.util.ArrayList;
import java.util.List;

/** Applies elections that somebody asked for. Pure. */
final class ElectionControl {

  /** A partition has the leader it was to get. */
  private static final ItemResult NOT_NEEDED =
      ItemResult.refused(ErrorCode.ELECTION_NOT_NEEDED, ErrorCode.ELECTION_NOT_NEEDED.message());

  private ElectionControl() {}

  static CommandResult electLeaders(Changes changes, ElectLeaders command) {
    PartitionSweep sweep = new PartitionSweep(changes);
    List<ItemResult> results = new ArrayList<>(command.partitions().size());
    for (PartitionId id : command.partitions()) {
      results.add(elect(changes, sweep, id, command.unclean()));
    }
    return new CommandResult.Items(results);
  }

  private static ItemResult elect(
      Changes changes, PartitionSweep sweep, PartitionId id, boolean unclean) {
    TopicImage topic = sweep.image().topic(id.topicId());
    PartitionImage before = topic == null ? null : changes.partition(id.topicId(), id.partition());
    if (before == null) {
      return ItemResult.refused(
          ErrorCode.UNKNOWN_TOPIC_OR_PARTITION, ErrorCode.UNKNOWN_TOPIC_OR_PARTITION.message());
    }
    if (!isNeeded(before, unclean)) {
      return NOT_NEEDED;
    }
    PartitionImage after =
        sweep
            .transition(topic.name(), before)
            .election(unclean ? Election.UNCLEAN : Election.PREFERRED)
            .result();
    if (after == before) {
      ErrorCode error =
          unclean
              ? ErrorCode.ELIGIBLE_LEADERS_NOT_AVAILABLE
              : ErrorCode.PREFERRED_LEADER_NOT_AVAILABLE;
      return ItemResult.refused(error, error.message());
    }
    changes.put(topic.id(), id.partition(), after);
    return ItemResult.DONE;
  }

  /** Whether an election of this kind could be of use. */
  static boolean isNeeded(PartitionImage partition, boolean unclean) {
    return unclean ? !partition.hasLeader() : partition.leader() != partition.preferredLeader();
  }

  /** Elects uncleanly wherever nobody leads and that is allowed. */
  static CommandResult electUncleanly(Changes changes) {
    new PartitionSweep(changes).all(partition -> !partition.hasLeader(), step -> {});
    return new CommandResult.Done();
  }
}
