package io.ottla.coordinator.group.journal;

/**
 * One rebalance of a group. Immutable.
 *
 * @param protocol what the group used when the rebalance ended
 * @param startedAtMs when the first cause came, in milliseconds since 1970
 * @param durationMs how long it took, or has taken so far; of a monotonic clock
 * @param fromGeneration the generation, or group epoch, that was left
 * @param toGeneration the one that was reached; the same if the rebalance did not come so far
 * @param membersBefore the members when it began, those that are about to leave included
 * @param membersAfter the members when it ended; while it is under way, none
 * @param causes in the order they came; the first one began it
 * @param unowned the partitions that nobody owned meanwhile
 */
public record RebalanceEntry(
    String groupId,
    GroupProtocol protocol,
    long startedAtMs,
    long durationMs,
    RebalanceEnd end,
    int fromGeneration,
    int toGeneration,
    CutList<JournaledMember> membersBefore,
    CutList<JournaledMember> membersAfter,
    CutList<RebalanceCause> causes,
    UnownedPartitions unowned) {

  RebalanceEntry lasting(long newDurationMs) {
    return new RebalanceEntry(
        groupId,
        protocol,
        startedAtMs,
        newDurationMs,
        end,
        fromGeneration,
        toGeneration,
        membersBefore,
        membersAfter,
        causes,
        unowned);
  }
}
