package io.ottla.coordinator.group.journal;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A line in the broker's log for each rebalance that came to an end. */
final class RebalanceLog {

  private static final Logger LOG = LoggerFactory.getLogger(RebalanceLog.class);

  private static final int MAX_CAUSES = 3;

  private RebalanceLog() {}

  static void write(RebalanceEntry entry) {
    switch (entry.end()) {
      case SETTLED ->
          LOG.info(
              "Group {} settled in {} {} after {} ms, members {} -> {}, because {}{}",
              entry.groupId(),
              entry.protocol().counts(),
              entry.toGeneration(),
              entry.durationMs(),
              entry.membersBefore().count(),
              entry.membersAfter().count(),
              causes(entry),
              unowned(entry.unowned()));
      case GROUP_EMPTY ->
          LOG.info(
              "Group {} has no members any more ({} before), because {}",
              entry.groupId(),
              entry.membersBefore().count(),
              causes(entry));
      case SUPERSEDED, COORDINATOR_MOVED, UNDER_WAY -> LOG.debug("A rebalance ended: {}", entry);
    }
  }

  private static String causes(RebalanceEntry entry) {
    CutList<RebalanceCause> causes = entry.causes();
    return new CutList<>(
            causes.items().subList(0, Math.min(MAX_CAUSES, causes.items().size())), causes.count())
        .toString();
  }

  private static String unowned(UnownedPartitions unowned) {
    if (!unowned.known()) {
      return "";
    }
    return switch (unowned.partitions().count()) {
      case 0 -> "; no partition was without an owner";
      case 1 -> "; one partition had no owner for " + unowned.longestMs() + " ms";
      default ->
          "; %d partitions had no owner, the longest for %d ms"
              .formatted(unowned.partitions().count(), unowned.longestMs());
    };
  }
}
